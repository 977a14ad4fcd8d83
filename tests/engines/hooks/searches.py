"""Searches: GetMetricData finds metrics by an expression, and returns a series for each of them.

MiniStack answers an expression with an internal error. With this hook, a SEARCH by namespace, name and dimensions finds the metrics that
have these dimensions, among others. Other expressions still fail.
"""

import re

from ministack.services import cloudwatch

SEARCH = re.compile(r"SEARCH\('(.*)', *'(\w+)', *(\d+)\)")
TERM = re.compile(r'("[^"]+"|[\w.]+)="([^"]*)"')


def install():
    get = cloudwatch._get_metric_data

    def get_with_searches(params, data, is_cbor, is_json=False):
        if is_cbor or is_json:
            queries = [found for query in data.get("MetricDataQueries", []) for found in searched(query)]
            data = {**data, "MetricDataQueries": queries}
        return get(params, data, is_cbor, is_json)

    cloudwatch._get_metric_data = get_with_searches


def searched(query):
    """Returns a query for each metric that a search finds, with the identifier of the search; any other query as it is."""
    search = SEARCH.fullmatch(query.get("Expression") or "")
    if not search:
        return [query]
    terms, statistic, period = search.groups()
    wanted = {name.strip('"'): value for name, value in TERM.findall(terms)}
    namespace, metric = wanted.pop("Namespace", None), wanted.pop("MetricName", None)
    found = []
    for known_namespace, known_metric, key in list(cloudwatch._metrics):
        dimensions = dict(part.split("=", 1) for part in key.split("|") if part)
        if (known_namespace, known_metric) == (namespace, metric) and wanted.items() <= dimensions.items():
            listed = [{"Name": name, "Value": value} for name, value in dimensions.items()]
            stat = {"Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": listed}, "Period": int(period), "Stat": statistic}
            found.append({"Id": query["Id"], "MetricStat": stat})
    return found
