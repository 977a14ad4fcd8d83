//! The errors of the command, in full: each names the option, the parameter or the file, its value, the cause and the remedy, in this order.
//! `crates/history/tests/tables.rs` has a row for each cause of an unreadable file, `crates/schedule/tests/schedule/errors.rs` for each cause of an invalid schedule.

use crate::typing::{commands, folder, kpu, text, words};
use std::fs;

/// An exit code, the arguments, and the message without its hints on the usage.
type Row = (i32, &'static str, &'static str);

#[rustfmt::skip]
const ERRORS: [Row; 152] = [
    (2, "simulat", "unrecognized subcommand 'simulat' tip: a similar subcommand exists: 'simulate'"),
    (2, "simulate --colour", "unexpected argument '--colour' found tip: a similar argument exists: '--column'"),
    (2, "simulate --seed x", "invalid value 'x' for '--seed <SEED>': invalid digit found in string"),
    (2, "simulate --set", "a value is required for '--set <NAME=VALUE>' but none was supplied"),
    (2, "simulate --lag-objective 0", "invalid value '0' for '--lag-objective <SECONDS>': 0 is not in 10..=86400"),
    (2, "simulate --today 0", "invalid value '0' for '--today <KPUS>': 0 is not in 1..=10000"),
    (2, "simulate --today 4 --pipeline", "the argument '--today <KPUS>' cannot be used with '--pipeline'"),
    (2, "storm --storms 0", "invalid value '0' for '--storms <COUNT>': 0 is not in 1..18446744073709551615"),
    (2, "storm --seed 1 --storms 2", "the argument '--seed <SEED>' cannot be used with '--storms <COUNT>'"),
    (2, "storm --seed 1 --json", "the argument '--seed <SEED>' cannot be used with '--json'"),
    (2, "diagram --format png", "invalid value 'png' for '--format <FORMAT>' [possible values: text, svg, mermaid]"),
    (2, "schedule --from noon", "invalid value 'noon' for '--from <TIME>': 'noon' is not a time; write it as 2026-12-24T08:00Z"),
    (2, "schedule --count 0", "invalid value '0' for '--count <COUNT>': 0 is not in 1..=1000"),
    (2, "import", "the following required arguments were not provided: <FILE>"),
    (2, "import --queries", "the following required arguments were not provided: --application <NAME>"),
    (2, "import --queries --application orders --topic clicks",
     "the following required arguments were not provided: --group <NAME> --cluster <NAME>"),
    (2, "import --queries --application orders --output queries.json",
     "the argument '--queries' cannot be used with '--output <FILE.csv>'"),
    (2, "import load.csv --stream clicks --topic clicks", "the argument '--stream <NAME>' cannot be used with '--topic <NAME>'"),
    (2, "calibrate", "the following required arguments were not provided: <HISTORY.csv>"),
    (2, "calibrate load.csv --flink http://127.0.0.1:1", "the argument '[HISTORY.csv]' cannot be used with '--flink <ADDRESS>'"),
    (2, "calibrate load.csv --minutes 5", "the argument '[HISTORY.csv]' cannot be used with '--minutes <MINUTES>'"),
    (2, "calibrate --flink http://127.0.0.1:1 --subtasks-per-kpu 9", "invalid value '9' for '--subtasks-per-kpu <COUNT>': 9 is not in 1..=8"),
    (2, "calibrate --flink http://127.0.0.1:1 --minutes 2000", "--minutes is 2000; set it to a number from 0 to 1440"),
    (2, "calibrate --flink https://127.0.0.1:1",
     "--flink is 'https://127.0.0.1:1', and kpu reads HTTP without TLS; set it to the REST address of the JobManager, such as http://127.0.0.1:8081, with a port that is forwarded to this machine"),
    (1, "calibrate --flink http://127.0.0.1:1",
     "failed to read --flink 'http://127.0.0.1:1': Connection refused (os error 111); check the address, and that its port is reachable from this machine"),
    (2, "calibrate load.csv",
     "failed to calibrate: the history 'load.csv' has no number of KPUs; import the metric Kpus of this autoscaler, or KPUs of MSF"),
    (2, "backtest", "the following required arguments were not provided: <HISTORY.csv>"),
    (2, "tune load.csv --policies 1", "invalid value '1' for '--policies <COUNT>': 1 is not in 10..=100000"),
    (2, "doctor", "the following required arguments were not provided: <--stack <NAME>|--application <NAME>|--stream <NAME>|--all>"),
    (2, "doctor --stack orders --application orders", "the argument '--stack <NAME>' cannot be used with '--application <NAME>'"),
    (2, "status --stack orders --runs 0", "invalid value '0' for '--runs <COUNT>': 0 is not in 1..=100"),
    (2, "status --stack orders --since 1h --runs 3", "the argument '--since <TIME>' cannot be used with '--runs <COUNT>'"),
    (2, "plan", "the following required arguments were not provided: <--stack <NAME>|--application <NAME>|--stream <NAME>>"),
    (2, "drill --stack orders --wait 1", "invalid value '1' for '--wait <SECONDS>': 1 is not in 5..=600"),
    (2, "explain --stack orders --at 1h --since 2h", "the argument '--at <TIME>' cannot be used with '--since <TIME>'"),
    (2, "pause --stack orders --direction up", "invalid value 'up' for '--direction <DIRECTION>' [possible values: all, out, in]"),
    (2, "pause --stack orders --minutes 0", "invalid value '0' for '--minutes <MINUTES>': 0 is not in 1..=525600"),
    (2, "resume", "the following required arguments were not provided: <--stack <NAME>|--application <NAME>|--stream <NAME>>"),
    (2, "simulate --load-factor 0", "--load-factor is 0; set it to a number from 0.000001 to 1000000"),
    (2, "simulate --records-per-kpu NaN", "--records-per-kpu is NaN; set it to a number from 0.001 to 1000000000"),
    (2, "simulate --downtime -5", "--downtime is -5; set it to a number from 10 to 86400"),
    (2, "simulate --checkpoint-interval 1", "--checkpoint-interval is 1; set it to a number from 10 to 3600"),
    (2, "simulate --price -1", "--price is -1; set it to a number from 0 to 1000000"),
    (2, "simulate --pipeline --record-bytes 0", "--record-bytes is 0; set it to a number from 1 to 10485760"),
    (2, "simulate --set-stream MaxShards=8",
     "--set-stream is 'MaxShards=8', which sets a parameter of the stream in a pipeline; add --pipeline"),
    (2, "simulate --record-bytes 500", "the following required arguments were not provided: --pipeline"),
    (2, "simulate --pause 'in 8-9'",
     "the pause 'in 8-9' is not a direction and a span since the start; write it as 'in 8:00-10:30', with all, out or in as the direction"),
    (2, "simulate --pause 'in 9:00-8:00'", "the pause 'in 9:00-8:00' ends before it begins; exchange its times"),
    (2, "simulate --request 8",
     "the capacity request '8' is not a size and a time since the start; write it as '8 1:30', with a size from 1 to 10000"),
    (2, "tune load.csv --downtime 5", "--downtime is 5; set it to a number from 10 to 86400"),
    (2, "backtest load.csv --records-per-kpu 5 --lag-objective 0", "--lag-objective is 0; set it to a number above 0"),
    (2, "backtest load.csv --records-per-kpu 5 --price 0", "--price is 0; set it to a number above 0"),
    (2, "tune load.csv --records-per-kpu 5 --allowed 101", "--allowed is 101; set it to a percentage from 0 to 100"),
    (2, "simulate --trace missing.csv",
     "failed to read the file 'missing.csv': No such file or directory (os error 2); check its path and permissions"),
    (2, "simulate --trace .", "failed to read the file '.': Is a directory (os error 21); check its path and permissions"),
    (2, "simulate --trace empty.csv", "failed to read the file 'empty.csv': the file is empty; export it again"),
    (2, "simulate --trace binary.csv",
     "failed to read the file 'binary.csv': the file is not text in UTF-8; save it as CSV or JSON in UTF-8"),
    (2, "simulate --trace heading.csv", "failed to read the file 'heading.csv': the file has a heading and no row; export it again"),
    (2, "simulate --trace twice.csv",
     "failed to read the file 'twice.csv': 'records_per_second' has two values at second 0, 1 and 2; keep one of them, or aggregate several series in the query"),
    (2, "simulate --trace word.csv",
     "failed to read the file 'word.csv': line 3: records_per_second is 'many', which is not a number; correct it, or leave the cell empty"),
    (2, "simulate --trace noon.csv",
     "failed to read the file 'noon.csv': line 2: 'noon' is not a time; write it as 2026-01-05T08:00:00Z, as seconds since 1970, or as seconds since the start of the file"),
    (2, "simulate --trace cpu.csv",
     "failed to read the file 'cpu.csv': it has no load; name its column or query with --column load=NAME or --column load_rate=NAME"),
    (2, "simulate --trace load.csv --zone Berlin", "--zone 'Berlin' is not in the IANA time zone database; did you mean Europe/Berlin?"),
    (2, "simulate --trace load.csv --column rate=x",
     "--column is 'rate=x', and 'rate' is not a name; the names are time, load, load_rate, put_records, lag, lag_seconds, worst_lag, worst_lag_seconds, least_lag_seconds, committed_lag_seconds, offset_lag, max_offset_lag, records_lag, throughput, cpu, busy, kpus, kpus_billed, update_seconds"),
    (2, "simulate --trace load.csv --column rate", "--column is 'rate'; write it as NAME=HEADING, such as load=Requests"),
    (2, "simulate --trace load.csv --column load=rate",
     "failed to read the file 'load.csv': --column load=rate names no column or query; the file has [records_per_second]"),
    (2, "simulate --trace load.csv --unit load=boxes",
     "--unit is 'load=boxes'; write it as NAME=UNIT, such as lag=s, with a unit of records, records/s, records/min, records/h, ms, s, min, %, ratio"),
    (2, "import load.csv --output load.csv",
     "--output is 'load.csv', which is also the input and would be overwritten; choose another file"),
    (2, "import load.csv --operations missing.json",
     "failed to read the file 'missing.json': No such file or directory (os error 2); check its path and permissions"),
    (2, "simulate --trace mixed.csv",
     "failed to read the file 'mixed.csv': the times of the file are partly seconds since its start and partly dates, such as '0'; use one form"),
    (2, "simulate --trace order.csv",
     "failed to read the file 'order.csv': line 2: '01/02/2026 08:00' has the day or the month first, which the file does not show; write it as 2026-01-05 08:00"),
    (2, "simulate --trace february.csv",
     "failed to read the file 'february.csv': line 2: '2026-02-30 08:00' is not a date of the calendar; correct it"),
    (2, "simulate --trace negative.csv",
     "failed to read the file 'negative.csv': [load_rate] has no possible value; export a span in which the application ran"),
    (2, "simulate --trace bare.csv",
     "failed to read the file 'bare.csv': no column has times; name it with --column time=HEADING; the columns are [5, 6]"),
    (2, "import other.json",
     "failed to read the file 'other.json': the JSON has the fields [a], and is not the output of `aws cloudwatch get-metric-data --output json` (whole, its list MetricDataResults, or a list of pages), of `aws cloudwatch get-metric-statistics --output json`, or the answer of /api/v1/query_range of Prometheus"),
    (2, "import uneven.json", "failed to read the file 'uneven.json': 'load' has 1 times and 2 values; write the file again"),
    (2, "import load.csv --operations other.json",
     "failed to read the file 'load.csv': the times count from the start of the file, so that --operations has no place in it; export times with dates"),
    (2, "simulate --trace load.csv --unit load=%",
     "--unit is 'load=%', and 'load' has no such unit; use another one of records, records/s, records/min, records/h, ms, s, min, %, ratio"),
    (1, "import load.csv --output missing/history.csv",
     "failed to write the history 'missing/history.csv': No such file or directory (os error 2); check the path and permissions of its folder"),
    (1, "simulate --trace load.csv --report missing/report.html",
     "failed to write the report 'missing/report.html': No such file or directory (os error 2); check the path and permissions of its folder"),
    (1, "simulate --trace load.csv --json --history missing/history.csv",
     "failed to write the history 'missing/history.csv': No such file or directory (os error 2); check the path and permissions of its folder"),
    (2, "backtest load.csv",
     "the history has no number of KPUs; import the metric Kpus of this autoscaler, or KPUs of AWS/KinesisAnalytics, or state --records-per-kpu"),
    (2, "simulate --set MaxKpus=3", "there is no parameter 'MaxKpus'; did you mean MaxKpu?"),
    (2, "simulate --set maxkpu=3", "there is no parameter 'maxkpu'; did you mean MaxKpu?"),
    (2, "simulate --set Colour=red", "there is no parameter 'Colour'; `kpu simulate --help` lists them"),
    (2, "simulate --set MaxKpu", "the assignment 'MaxKpu' has no equals sign; write it as NAME=VALUE, such as MaxKpu=32"),
    (2, "simulate --set MaxKpu=many", "MaxKpu is 'many'; set it to a whole number from 1 to 10000"),
    (2, "simulate --set MaxKpu=0", "MaxKpu is '0'; set it to a whole number from 1 to 10000"),
    (2, "simulate --set MinKpu=8 --set MaxKpu=4", "MinKpu is 8 and MaxKpu is 4; set MinKpu to at most MaxKpu"),
    (2, "simulate --set MaxParallelism=-1", "MaxParallelism is '-1'; set it to a whole number from 1 to 32768"),
    (2, "simulate --set ParallelismPerKpu=9", "ParallelismPerKpu is '9'; set it to a whole number from 1 to 8"),
    (2, "simulate --set ScalingOperation=Double",
     "ScalingOperation is 'Double'; set it to Multiply/Divide, Add/Subtract, Steps, Target or Demand"),
    (2, "simulate --set ScaleOutFactor=1",
     "ScaleOutFactor is '1', which does not fit Multiply/Divide; set it to a number above 1 and at most 1000, with up to three decimals"),
    (2, "simulate --set ScaleInFactor=NaN",
     "ScaleInFactor is 'NaN', which does not fit Multiply/Divide; set it to a number above 1 and at most 1000, with up to three decimals"),
    (2, "simulate --set ScalingOperation=Add/Subtract --set ScaleInFactor=1.5",
     "ScaleInFactor is '1.5', which does not fit Add/Subtract; set it to a whole number of at least 1"),
    (2, "simulate --set ScaleMetric=EstimatedMaxTimeLag --set ScaleOutThreshold=30000",
     "the alarm 'scale-out' has the threshold 30000, and EstimatedMaxTimeLag is in seconds; set it to 30 if 30 s are meant"),
    (2, "simulate --set ScaleMetric=millisBehindLatest --set ScaleOutThreshold=30 --set ScaleInThreshold=1",
     "the alarm 'scale-out' has the threshold 30, and millisBehindLatest is in milliseconds; set it to 30000 if 30 s are meant"),
    (2, "simulate --set StateGigabytes=-1", "StateGigabytes is -1; set it to the state of the application in GB, or to 0"),
    (2, "simulate --set Statistic=p99", "Statistic is 'p99'; set it to Average, Minimum, Maximum or Sum"),
    (2, "simulate --set PeriodSeconds=90",
     "PeriodSeconds is 90; set it to a multiple of 60, because the metrics have one data point a minute"),
    (2, "simulate --set PeriodSeconds=10", "PeriodSeconds is '10'; set it to a whole number from 60 to 3600"),
    (2, "simulate --set ScaleOutDatapointsToAlarm=5",
     "ScaleOutDatapointsToAlarm is 5 and ScaleOutEvaluationPeriods is 3; set ScaleOutDatapointsToAlarm to at most ScaleOutEvaluationPeriods"),
    (2, "simulate --set ScaleInEvaluationPeriods=30 --set PeriodSeconds=3000",
     "ScaleInEvaluationPeriods is 30 and PeriodSeconds is 3000, which is more than a day and not valid in CloudWatch; lower one of them"),
    (2, "simulate --set ScaleOutThreshold=high", "ScaleOutThreshold is 'high'; set it to a number"),
    (2, "simulate --set ScaleInThreshold=90",
     "ScaleInThreshold is 90 and ScaleOutThreshold is 85; set ScaleInThreshold below ScaleOutThreshold"),
    (2, "simulate --set ScaleInThreshold=50",
     "ScaleInThreshold is 50, and dividing by a ScaleInFactor of 1.5 would bring the metric so near to ScaleOutThreshold (85) that the next alarm scales out again; set ScaleInThreshold below 48.2, or ScaleInFactor lower"),
    (2, "simulate --set MaxParallelism=4 --set MinKpu=8",
     "MaxParallelism 4 and SourcePartitions (not set) with ParallelismPerKpu 1 fill fewer KPUs than the largest minimum, 8, of MinKpu and the windows; lower the minimum or correct these parameters"),
    (2, "simulate --set TimeZone=Europe/Berln",
     "TimeZone 'Europe/Berln' is not in the IANA time zone database; did you mean Europe/Berlin?"),
    (2, "simulate --set HighKpu=20 --set HighStart=8:00 --set HighEnd=8:00",
     "HighStart and HighEnd ('daily 8:00-8:00 20'): its start and its end are equal; for a whole day write 0:00-24:00"),
    (2, "simulate --set HighKpu=40 --set HighStart=8:00 --set HighEnd=9:00",
     "HighKpu ('daily 8:00-9:00 40') has 40 KPU and MaxKpu is 32; raise MaxKpu, because a window can only narrow the bounds"),
    (2, "simulate --set 'Windows=Mon 8:00-9:00'",
     "Windows has 'Mon 8:00-9:00': write it as days, times and sizes, such as 'Mon-Fri 8:00-18:00 20', with 20, 20-32, >=20, <=8 or blocked as the size, and 0:00-24:00 for a whole day"),
    (2, "simulate --set Mode=dry", "Mode is 'dry'; set it to active, observe or off"),
    (2, "simulate --set Statistic=Sum",
     "Statistic is Sum, which has no meaning for containerCPUUtilization; set it to Average or Minimum or Maximum"),
    (2, "simulate --set ScaleMetric=IncomingRecords --set Statistic=Average",
     "Statistic is Average, which has no meaning for IncomingRecords; set it to Sum"),
    (2, "simulate --set ScaleMetric=SumOffsetLag",
     "ScaleOutThreshold is empty, and SumOffsetLag has no default, because no value fits every load; set it"),
    (2, "simulate --set ScaleMetric=heapMemory",
     "ScaleMetric is 'heapMemory', which the local run cannot simulate; set it to one of containerCPUUtilization, busyTimeMsPerSecond, millisBehindLatest, MaxOffsetLag, SumOffsetLag, EstimatedMaxTimeLag, records_lag_max, IncomingRecords, WriteUtilization"),
    (2, "simulate --set GracePeriodSeconds=5m", "GracePeriodSeconds is '5m'; set it to a whole number from 30 to 86400"),
    (2, "simulate --set ScalingOperation=Target --set TargetValue=90",
     "TargetValue is 90, ScaleInThreshold 40 and ScaleOutThreshold 85; set TargetValue between the two thresholds"),
    (2, "simulate --set ScalingOperation=Target --set ScaleMetric=millisBehindLatest",
     "ScalingOperation is Target, which needs a metric that falls in proportion as KPUs are added, and ScaleMetric is millisBehindLatest; set it to containerCPUUtilization or busyTimeMsPerSecond"),
    (2, "simulate --set 'MoreScaleOutAlarms=cpu > 90'",
     "MoreScaleOutAlarms has 'cpu > 90'; write an alarm as 'containerCPUUtilization > 90 for 3 of 5', on one of containerCPUUtilization, busyTimeMsPerSecond, millisBehindLatest, MaxOffsetLag, SumOffsetLag, EstimatedMaxTimeLag, records_lag_max, IncomingRecords, WriteUtilization"),
    (2, "simulate --set 'MoreScaleInAlarms=busyTimeMsPerSecond > 90'",
     "MoreScaleInAlarms has 'busyTimeMsPerSecond > 90'; write an alarm as 'containerCPUUtilization <= 90 for 3 of 5', on one of containerCPUUtilization, busyTimeMsPerSecond, millisBehindLatest, MaxOffsetLag, SumOffsetLag, EstimatedMaxTimeLag, records_lag_max, IncomingRecords, WriteUtilization"),
    (2, "simulate --set 'MoreScaleOutAlarms=busyTimeMsPerSecond > 1, busyTimeMsPerSecond > 2, busyTimeMsPerSecond > 3, busyTimeMsPerSecond > 4'",
     "MoreScaleOutAlarms has 4 alarms; name at most 3"),
    (2, "simulate --set TargetValue=70",
     "TargetValue is 70, and does not act with ScalingOperation=Multiply/Divide; leave it at its default, 60, or set ScalingOperation to Target"),
    (2, "simulate --set MaxShards=4",
     "MaxShards is 4, and does not act with Target=application; leave it at its default, 16, or set Target to stream"),
    (2, "simulate --set ScaleInUtilizationThreshold=30",
     "ScaleInUtilizationThreshold is 30, and does not act with ScaleMetric=containerCPUUtilization; leave it empty, or set ScaleMetric to backPressuredTimeMsPerSecond or millisBehindLatest or MaxOffsetLag or SumOffsetLag or EstimatedMaxTimeLag or records-lag-max or GetRecords.IteratorAgeMilliseconds or SubscribeToShardEvent.MillisBehindLatest"),
    (2, "simulate --set ScalingOperation=Demand --set ScaleInThreshold=30",
     "ScaleInThreshold is 30, and does not act with ScalingOperation=Demand; leave it empty, or set another ScalingOperation"),
    (2, "simulate --pipeline --set-stream MaxKpu=4",
     "MaxKpu is 4, and does not act with Target=stream; leave it at its default, 32, or set Target to application"),
    (2, "simulate --set HeartbeatMinutes=0", "HeartbeatMinutes is '0'; set it to a whole number from 1 to 60"),
    (2, "simulate --pipeline --set-stream MaxShards=0", "MaxShards is '0'; set it to a whole number from 1 to 10000"),
    (2, "simulate --pipeline --set-stream ScaleMetric=busyTimeMsPerSecond",
     "Target is stream and ScaleMetric is busyTimeMsPerSecond; set ScaleMetric to WriteUtilization for a stream, and to another metric for an application"),
    (2, "simulate --set Target=stream --set ScaleMetric=WriteUtilization --set HeartbeatMinutes=1",
     "Target is stream, and a stream is simulated together with the application that reads it: use kpu simulate --pipeline, with --set-stream for the parameters of the stream"),
    (2, "simulate --set ScaleMetric=WriteUtilization",
     "Target is application and ScaleMetric is WriteUtilization; set ScaleMetric to WriteUtilization for a stream, and to another metric for an application"),
    (2, "simulate --set ScalingOperation=Steps --set ScaleOutSteps=10:1",
     "ScaleOutSteps is '10:1'; begin the first step at the threshold, as in 0:10%"),
    (2, "simulate --set ScalingOperation=Steps --set ScaleOutSteps=0:0",
     "ScaleOutSteps is '0:0'; write the step '0:0' as a distance from the threshold and a change of at least 1, such as 20:30%, 20:4 or 20:=8"),
    (2, "simulate --set ScalingOperation=Demand --set Preset=fast", "Preset is 'fast'; set it to latency, balanced or cost"),
    (2, "simulate --set ScalingOperation=Demand --set PeriodSeconds=120",
     "ScalingOperation is Demand, which reads data by the minute, and PeriodSeconds is 120; set PeriodSeconds to 60"),
    (2, "simulate --pipeline --set-stream HeartbeatMinutes=5",
     "HeartbeatMinutes is 5, and Target is stream; set HeartbeatMinutes to 1, because every check writes the number of shards"),
    (2, "simulate --pipeline --set-stream DrainedSeconds=-1", "DrainedSeconds is '-1'; set it to a number of at least 0"),
    (2, "schedule --set 'Windows=Fryday 8:00-9:00 9'",
     "Windows has 'Fryday 8:00-9:00 9': 'Fryday' is neither daily nor days of the week nor a date; write it as Mon-Fri, Sat,Sun or 2026-12-24"),
    (2, "schedule --set 'Windows=Mon 8:00-12:00 9; Mon 11:00-13:00 12'",
     "the window 'Mon 8:00-12:00 9' and the window 'Mon 11:00-13:00 12' are open at the same time, and no size is allowed by both; change their times or sizes, or give one a date, because a dated window overrides weekly windows"),
    (2, "simulate --set MonthlyBudgetDollars=much", "MonthlyBudgetDollars is 'much'; set it to a number, or leave it empty"),
    (2, "simulate --set KpuHourDollars=0 --set MonthlyBudgetDollars=500", "KpuHourDollars is 0; set it to a number of dollars above 0"),
    (2, "parameters --set Mode", "--set Mode is not of the form NAME=VALUE; write it as --set Mode=observe"),
    (2, "parameters --set Colour=red", "--set Colour=red names no parameter of the template; docs/reference/parameters.md lists them"),
    (2, "schedule --set TimeZone=Paris", "TimeZone 'Paris' is not in the IANA time zone database; did you mean Europe/Paris?"),
    (2, "schedule --set HighKpu=8 --set HighStart=24:01 --set HighEnd=9:00",
     "HighStart '24:01' is not a time of day; write it as 8:05, from 0:00 to 24:00"),
    (2, "schedule --set HighKpu=0 --set HighStart=8:00 --set HighEnd=9:00",
     "HighKpu '0' is not a size; write it as 20, 20-32, >=20 or <=8"),
    (2, "schedule --set HighKpu=8 --set HighStart=8:00 --set HighEnd=9:00 --set HighDays=Fryday",
     "HighDays 'Fryday' is neither daily nor days of the week; write it as Mon-Fri or Sat,Sun, or use Windows for a date"),
    (2, "schedule --set 'Windows=20260228 8:00-9:00 9'",
     "Windows has '20260228 8:00-9:00 9': '20260228' is not a date; write it as 2026-12-24, and several dates as one window each, separated by semicolons"),
    (2, "schedule --set LeadMinutes=1441", "LeadMinutes is '1441'; set it to a whole number from 0 to 1440"),
    (2, "backtest load.csv --records-per-kpu 5 --set MaxKpus=3", "there is no parameter 'MaxKpus'; did you mean MaxKpu?"),
    (2, "tune load.csv --records-per-kpu 5 --set ScaleInThreshold=90",
     "ScaleInThreshold is 90 and ScaleOutThreshold is 85; set ScaleInThreshold below ScaleOutThreshold"),
];

/// A time is read before the connection to AWS.
#[cfg(feature = "aws")]
#[rustfmt::skip]
const ERRORS_OF_THE_BUILD: [Row; 6] = [
    (2, "explain --stack orders --at noon",
     "--at 'noon' is not a time; write it as 02:00, '2026-11-28 02:00', 2026-11-28T02:00:00Z or 12h"),
    (2, "explain --stack orders --since 2126-01-01T00:00:00Z --zone UTC",
     "--since is 2126-01-01 00:00, which is in the future; give a past time"),
    (2, "explain --stack orders --since 2020-01-01T00:00:00Z --zone UTC",
     "--since is 2020-01-01 00:00, and Step Functions keeps executions for 90 days; give a later time, or query the log as in docs/how-to/find-out-why-it-did-not-scale.md"),
    (2, "explain --stack orders --zone Berlin", "--zone 'Berlin' is not in the IANA time zone database; did you mean Europe/Berlin?"),
    (2, "status --stack orders --since soon",
     "--since 'soon' is not a time; write it as 02:00, '2026-11-28 02:00', 2026-11-28T02:00:00Z or 12h"),
    (2, "status --all --zone Berlin", "--zone 'Berlin' is not in the IANA time zone database; did you mean Europe/Berlin?"),
];

#[cfg(not(feature = "aws"))]
#[rustfmt::skip]
const ERRORS_OF_THE_BUILD: [Row; 1] = [
    (2, "doctor --stack orders",
     "this kpu was built without the feature aws; use: cargo run --features aws -- ... ; docs/how-to/stop-in-an-emergency.md shows how to pause by hand"),
];

/// The files that the table names.
const FILES: [(&str, &[u8]); 15] = [
    ("load.csv", b"seconds,records_per_second\n0,5\n60,6\n"),
    ("empty.csv", b""),
    ("binary.csv", &[0x89, 0x50, 0xff, 0x00, 0xfe, 0x0a]),
    ("heading.csv", b"seconds,records_per_second\n"),
    ("twice.csv", b"seconds,records_per_second\n0,1\n0,2\n"),
    ("word.csv", b"seconds,records_per_second\n0,5\n60,many\n"),
    ("noon.csv", b"seconds,records_per_second\nnoon,5\n"),
    ("cpu.csv", b"timestamp,cpu\n2026-11-21T08:00Z,5\n"),
    ("mixed.csv", b"Time,load_rate\n0,5\n2026-01-05 08:00,6\n"),
    ("order.csv", b"Time,load_rate\n01/02/2026 08:00,5\n01/02/2026 08:01,6\n"),
    ("february.csv", b"Time,load_rate\n2026-02-30 08:00,5\n"),
    ("negative.csv", b"Time,load_rate\n2026-01-05 08:00,-5\n"),
    ("bare.csv", b"5,6\n7,8\n"),
    ("other.json", br#"{"a": 1}"#),
    (
        "uneven.json",
        br#"{"MetricDataResults": [{"Id": "load", "Timestamps": ["2026-11-21T08:00:00Z"], "Values": [1.0, 2.0]}]}"#,
    ),
];

/// The message after notes about the input, without the paragraphs that clap adds to each of its errors.
fn message(stderr: &str) -> Option<String> {
    let start = if stderr.starts_with("error: ") { 0 } else { stderr.find("\nerror: ")? + 1 };
    let paragraphs = stderr[start..].strip_prefix("error: ")?.split("\n\n");
    let is_hint = |text: &&str| text.starts_with("Usage: ") || text.starts_with("For more information");
    let paragraphs: Vec<&str> = paragraphs.filter(|text| !is_hint(text)).collect();
    Some(paragraphs.join(" ").split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn each_error_names_its_subject_its_value_the_cause_and_the_remedy() {
    let folder = folder("messages");
    for (name, content) in FILES {
        fs::write(folder.join(name), content).unwrap();
    }
    for (code, command, expected) in ERRORS.iter().chain(&ERRORS_OF_THE_BUILD) {
        let arguments = words(command);
        let output = kpu(&folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let stderr = text(&output.stderr);
        assert_eq!(message(stderr).as_deref(), Some(*expected), "kpu {command}: {stderr}");
        assert_eq!(output.status.code(), Some(*code), "kpu {command}");
        assert!(*code == 1 || output.stdout.is_empty(), "kpu {command} prints a result for invalid input");
    }
    assert_eq!(fs::read_dir(&folder).unwrap().count(), FILES.len(), "invalid input leaves no file behind");
}

/// Each command that the help lists has a row.
#[test]
fn every_command_has_an_error() {
    let help = kpu(&folder("messages-help"), &["--help"]);
    for command in commands(text(&help.stdout)) {
        assert!(ERRORS.iter().any(|(_, row, _)| words(row)[0] == command), "kpu {command} has no row");
    }
}
