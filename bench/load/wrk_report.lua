-- Prints what `wrk --latency` leaves out (the 95th percentile) as one JSON line.
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    'JSON {"requests": %d, "seconds": %.6f, "latency_us": {"mean": %.1f, "p50": %.1f, ' ..
    '"p95": %.1f, "p99": %.1f, "max": %.1f}, "errors": {"status": %d, "content": 0, ' ..
    '"socket": %d, "timeout": %d}}\n',
    summary.requests, summary.duration / 1e6, latency.mean, latency:percentile(50),
    latency:percentile(95), latency:percentile(99), latency.max, errors.status,
    errors.connect + errors.read + errors.write, errors.timeout))
end
