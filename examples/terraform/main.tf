# The stack of kpu-autoscaler, deployed from Terraform.
#
# First package a release, once for each release. Unpack its zip (or one that `tools/release` built), and in that folder:
#   aws cloudformation package --template-file template.yaml --s3-bucket BUCKET --output-template-file packaged.yaml
# Then, in the folder of this file:
#   terraform init
#   terraform apply -var bucket=BUCKET -var template=PATH_OF/packaged.yaml -var service_execution_role=ARN

terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  # Otherwise the next apply would remove the tags that the autoscaler wrote: a pause, and the memory of a stream's changes.
  ignore_tags {
    key_prefixes = ["kpu-autoscaler."]
  }
}

variable "bucket" { type = string }
variable "template" { type = string }
variable "service_execution_role" { type = string }

resource "aws_s3_object" "template" {
  bucket = var.bucket
  # The hash in the name makes each release an update of the stack.
  key    = "kpu-autoscaler-${filemd5(var.template)}.yaml"
  source = var.template
}

resource "aws_cloudformation_stack" "orders_scaling" {
  name         = "orders-scaling"
  template_url = "https://${aws_s3_object.template.bucket}.s3.amazonaws.com/${aws_s3_object.template.key}"
  capabilities = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
  parameters = {
    ApplicationName   = aws_kinesisanalyticsv2_application.orders.name
    MaxKpu            = 16
    NotificationEmail = "team@example.com"
  }
  lifecycle {
    # The template of a checkout has no built functions: `aws cloudformation package` would upload the whole checkout instead.
    precondition {
      condition     = !can(regex("CodeUri: \\.\\s", file(var.template)))
      error_message = "The template was made from a checkout. Package the template of a release."
    }
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
        parallelism          = 1 # The size at creation. The autoscaler changes it from then on.
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
