# The stack of kpu-autoscaler, deployed from Terraform. Before it, once for each release:
#   aws cloudformation package --template-file template.yaml --s3-bucket BUCKET --output-template-file packaged.yaml
#   aws s3 cp packaged.yaml s3://BUCKET/kpu-autoscaler-RELEASE.yaml

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

variable "bucket" { type = string }
variable "release" { type = string } # another name, so that Terraform sees another release
variable "service_execution_role" { type = string }

resource "aws_cloudformation_stack" "orders_scaling" {
  name         = "orders-scaling"
  template_url = "https://${var.bucket}.s3.amazonaws.com/kpu-autoscaler-${var.release}.yaml"
  capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
  parameters = {
    ApplicationName   = aws_kinesisanalyticsv2_application.orders.name
    MaxKpu            = 16
    NotificationEmail = "team@example.org"
  }
}

resource "aws_kinesisanalyticsv2_application" "orders" {
  name                   = "orders"
  start_application      = true
  runtime_environment    = "FLINK-1_20"
  service_execution_role = var.service_execution_role
  application_configuration {
    application_code_configuration {
      code_content_type = "ZIPFILE"
      code_content {
        s3_content_location {
          bucket_arn = "arn:aws:s3:::${var.bucket}"
          file_key   = "orders.jar"
        }
      }
    }
    flink_application_configuration {
      parallelism_configuration {
        configuration_type   = "CUSTOM"
        parallelism          = 1 # what it is created with; from then on the autoscaler moves it
        parallelism_per_kpu  = 1
        auto_scaling_enabled = false
      }
    }
  }
  lifecycle {
    # Otherwise the next apply would write the number above back, and restart the job for it.
    ignore_changes = [application_configuration[0].flink_application_configuration[0].parallelism_configuration]
  }
}
