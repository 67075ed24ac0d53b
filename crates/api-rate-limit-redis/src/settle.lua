-- Settles an attempt in each of its windows: it counts from now on, or nowhere if it was not sent.
--
-- KEYS: the log of each window, then the key of a hold if there is one.
-- ARGV: the member; 1 if the attempt was sent, else 0; the time of the hold in ms, or 0; then the length of each window in ms.

local member, sent, hold = ARGV[1], ARGV[2] == '1', tonumber(ARGV[3])
local windows = #ARGV - 3

if not sent then
  for i = 1, windows do redis.call('ZREM', KEYS[i], member) end
  return
end

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, windows do
  -- Without XX, so that an attempt is counted that was lost here, or that was made while this server could not be asked.
  redis.call('ZADD', KEYS[i], 'LT', now, member)
  local rest = tonumber(ARGV[3 + i]) + 1
  if redis.call('PTTL', KEYS[i]) < rest then redis.call('PEXPIRE', KEYS[i], rest) end
end

-- Of two holds, the longer one stays.
if hold > 0 and redis.call('PTTL', KEYS[windows + 1]) < hold then
  redis.call('SET', KEYS[windows + 1], '1', 'PX', hold)
end
