-- Asks one address after another from a file: GET, or a command where the line begins with POST.
-- Arguments: file of lines `GET path` and `POST path body`, then one header each.

local threads = 0

function setup(thread)
  thread:set("share", threads)
  threads = threads + 1
end

function init(arguments)
  headers = { ["Content-Type"] = "application/json" }
  for i = 2, #arguments do
    local name, value = arguments[i]:match("^([^:]+): (.*)$")
    headers[name] = value
  end
  lines = {}
  for line in io.lines(arguments[1]) do
    local method, path, body = line:match("^(%S+) (%S+) ?(.*)$")
    lines[#lines + 1] = { method, path, body }
  end
  turn = share * 7919
end

function request()
  turn = turn + 1
  local line = lines[turn % #lines + 1]
  return wrk.format(line[1], line[2], headers, line[1] == "POST" and line[3] or nil)
end

local found = {}

function response(status)
  if status >= 400 then found[status] = (found[status] or 0) + 1 end
end

function done(summary, latency)
  io.write(string.format("p50 %d p99 %d failed %d\n", latency:percentile(50), latency:percentile(99), summary.errors.status))
end
