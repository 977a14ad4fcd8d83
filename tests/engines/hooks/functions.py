"""Functions: a call that is forwarded to an HTTP server may fail with a named error.

MiniStack forwards the calls of a function on request. It treats each response as a success, or as an error with a name of MiniStack.
The state machine retries by the name of the error.
"""

from ministack.services import lambda_svc


def install():
    forward = lambda_svc._execute_function_proxy

    def forward_failures(function, event, url, request_id):
        result = forward(function, event, url, request_id)
        body = result.get("body")
        if isinstance(body, dict) and "errorType" in body:
            result["error"] = True
        return result

    lambda_svc._execute_function_proxy = forward_failures
