-- Gives one command on many cases in turn: POST /api/v1/cases/{id}/events.
-- Arguments: token, file with the identifiers of cases (one a line), file with the body.

local threads = 0

function setup(thread)
  thread:set("share", threads)
  threads = threads + 1
end

function init(arguments)
  headers = { ["Authorization"] = "Bearer " .. arguments[1], ["Content-Type"] = "application/json" }
  cases = {}
  for line in io.lines(arguments[2]) do cases[#cases + 1] = line end
  body = io.open(arguments[3]):read("*a")
  turn = share * 7919
end

function request()
  turn = turn + 1
  local case = cases[turn % #cases + 1]
  return wrk.format("POST", "/api/v1/cases/" .. case .. "/events", headers, body)
end

function done(summary)
  io.write(string.format("errors %d\n", summary.errors.status))
end
