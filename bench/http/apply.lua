-- Files applications of synthetic persons, each once: POST /api/v1/cases.
-- Arguments: token, name of the file that holds the body with the marks @NUMBER@ and @NAME@.

local weights = { 7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2 }
local checks = { "1", "0", "X", "9", "8", "7", "6", "5", "4", "3", "2" }
local threads = 0

function setup(thread)
  thread:set("share", threads)
  threads = threads + 1
end

function init(arguments)
  token = arguments[1]
  body = io.open(arguments[2]):read("*a")
  sequence = share
  headers = { ["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json" }
end

-- The area 990102 belongs to nobody; days and serial numbers tell the persons apart.
local function number()
  local n = sequence
  sequence = sequence + 8
  local day, month, year = n % 28 + 1, math.floor(n / 28) % 12 + 1, math.floor(n / 336) % 60 + 1940
  local digits = string.format("990102%04d%02d%02d%03d", year, month, day, math.floor(n / 20160) + 1)
  local sum = 0
  for i = 1, 17 do sum = sum + tonumber(digits:sub(i, i)) * weights[i] end
  return digits .. checks[sum % 11 + 1], string.format("%04d-%02d-%02d", year, month, day)
end

function request()
  local identity, born = number()
  local text = body:gsub("@NUMBER@", identity):gsub("@BORN@", born)
  return wrk.format("POST", "/api/v1/cases", headers, text)
end

function done(summary)
  io.write(string.format("errors %d\n", summary.errors.status))
end
