-- Asks one address after another from a file: GET, or a command where the line begins with POST.
-- Arguments: file of lines `GET path` and `POST path body`, then one header each. A line that begins with `as TOKEN ` is
-- asked with that token instead.

local threads = 0

function setup(thread)
  thread:set("share", threads)
  threads = threads + 1
end

function init(arguments)
  local headers = { ["Content-Type"] = "application/json" }
  for i = 2, #arguments do
    local name, value = arguments[i]:match("^([^:]+): (.*)$")
    headers[name] = value
  end
  local of = {}
  lines = {}
  for line in io.lines(arguments[1]) do
    local token, rest = line:match("^as (%S+) (.*)$")
    if token and not of[token] then
      of[token] = { ["Content-Type"] = "application/json", ["Authorization"] = "Bearer " .. token }
    end
    local method, path, body = (rest or line):match("^(%S+) (%S+) ?(.*)$")
    lines[#lines + 1] = { method, path, token and of[token] or headers, body }
  end
  turn = share * 7919
end

function request()
  turn = turn + 1
  local line = lines[turn % #lines + 1]
  return wrk.format(line[1], line[2], line[3], line[1] == "POST" and line[4] or nil)
end

local found = {}

function response(status)
  if status >= 400 then found[status] = (found[status] or 0) + 1 end
end

function done(summary, latency)
  io.write(string.format("p50 %d p99 %d failed %d\n", latency:percentile(50), latency:percentile(99), summary.errors.status))
end
