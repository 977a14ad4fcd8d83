"""Streams: a change of the number of shards takes time, Kinesis rejects a change beyond its limits, and DescribeLimits states the quota.

MiniStack sets any number of shards at once, without limits, and lacks DescribeLimits.
"""

import time

from ministack.core.responses import error_response_json, json_response
from ministack.services import kinesis

# The duration of a change.
CHANGING_SECONDS = 1.5
# The shard quota of the account.
SHARD_LIMIT = 500


def install():
    change, describe = kinesis._update_shard_count, kinesis._describe_stream_summary

    def settled(data):
        """Completes a change whose time has passed, and returns the stream."""
        _, stream = kinesis._resolve_stream(data)
        if stream and time.time() >= stream.get("changing_until", 0):
            pending = stream.pop("pending_shards", None)
            if pending:
                stream["StreamStatus"] = "ACTIVE"
                change({**data, "TargetShardCount": pending})
        return stream

    def update_shard_count(data):
        stream = settled(data)
        if not stream:
            return change(data)
        if stream.get("pending_shards"):
            return error_response_json("ResourceInUseException", "the stream is being changed", 400)
        if stream.get("StreamModeDetails", {}).get("StreamMode") == "ON_DEMAND":
            return error_response_json("ValidationException", "the stream is on demand", 400)
        current, target = len(stream["shards"]), int(data["TargetShardCount"])
        if target > 2 * current or 2 * target < current:
            return error_response_json("InvalidArgumentException", f"from {current} to {target} is too much at once", 400)
        stream["pending_shards"] = target
        stream["changing_until"] = time.time() + CHANGING_SECONDS
        stream["StreamStatus"] = "UPDATING"
        return json_response({
            "StreamName": stream["StreamName"], "StreamARN": stream["StreamARN"],
            "CurrentShardCount": current, "TargetShardCount": target})

    def describe_stream_summary(data):
        settled(data)
        return describe(data)

    handle = kinesis.handle_request

    async def handle_request(method, path, headers, body, query_params):
        if headers.get("x-amz-target", "").endswith(".DescribeLimits"):
            shards = sum(len(stream["shards"]) for stream in kinesis._streams.values())
            return json_response({"ShardLimit": SHARD_LIMIT, "OpenShardCount": shards,
                                  "OnDemandStreamCount": 0, "OnDemandStreamCountLimit": 50})
        return await handle(method, path, headers, body, query_params)

    kinesis.handle_request = handle_request
    kinesis._update_shard_count = update_shard_count
    kinesis._describe_stream_summary = describe_stream_summary
