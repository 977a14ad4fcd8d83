// The stack of kpu-autoscaler as a nested stack of a CDK application.
//
// First package a release, once for each release. Unpack its zip (or one that `tools/release` built), and in that folder:
//   aws cloudformation package --template-file template.yaml --s3-bucket BUCKET --output-template-file packaged.yaml
// Then, in the folder of this file:
//   npm ci
//   npx cdk deploy -c template=PATH_OF/packaged.yaml

import { readFileSync } from 'node:fs';
import { App, CfnStack, Stack } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';

const app = new App();
const packaged: string = app.node.tryGetContext('template') ?? 'packaged.yaml';
if (/CodeUri: \.$/m.test(readFileSync(packaged, 'utf8'))) {
  throw new Error(`${packaged} was made from the template of a checkout, which has no built functions. Package the template of a release.`);
}

const stack = new Stack(app, 'Orders');

// The CDK uploads the template under a hash of its content, so that each release is an update.
const template = new Asset(stack, 'Template', { path: packaged });

// `CfnInclude` does not suit this template: it does not read `!Contains`, and so breaks the rules that check the parameters.
new CfnStack(stack, 'OrdersScaling', {
  templateUrl: template.httpUrl,
  parameters: {
    ApplicationName: 'orders',
    MaxKpu: '16',
    NotificationEmail: 'team@example.com',
  },
});
