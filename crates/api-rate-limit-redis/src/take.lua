-- Takes a slot in each window of an attempt, or none at all if one of them has none free.
--
-- KEYS: the log of each window, a sorted set, then the hold of each window, a string.
-- ARGV: the member, `<attempt>:<lease in ms>`; then for each window its limit and its length in ms.
-- Returns {1, full} if the slots are taken, else {0, then for each window its least wait in ms, 1 if that is a hold}.
--
-- The score of a member is the latest time at which its attempt may arrive, in ms by this server's clock. All numbers are
-- integers below 2^53, which the doubles of Lua 5.1 hold exactly.

local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local windows, member = #KEYS / 2, ARGV[1]
local lease = tonumber(string.match(member, '%d+$'))
local taken_before = redis.call('ZSCORE', KEYS[1], member)
local free, full, answer = true, 0, { 0 }

for i = 1, windows do
  local log, hold = KEYS[i], KEYS[windows + i]
  local limit, length = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])

  -- A member counts until one ms after the end of its window, because `now` lacks the fraction of a ms.
  local since = string.format('(%.0f', now - length - 1)

  -- No score is later than its member's own lease from now, unless the clock went back since. Such a score would count
  -- for as long as the clock went back. Scores within this attempt's lease count no longer than the attempt itself.
  local late = redis.call('ZRANGEBYSCORE', log, string.format('(%.0f', now + lease), '+inf', 'WITHSCORES')
  for j = 1, #late, 2 do
    local latest = now + (tonumber(string.match(late[j], '%d+$')) or lease)
    if tonumber(late[j + 1]) > latest then
      redis.call('ZADD', log, 'XX', latest, late[j])
    end
  end

  local wait, held = 0, 0
  local count = redis.call('ZCOUNT', log, since, '+inf')
  if count >= limit then
    -- The members with the lowest scores leave first, and limit - 1 may stay. One that is under way counts as if it arrived
    -- now, which is the earliest that it may still be settled at.
    local rank = count - limit
    local score = tonumber(redis.call('ZRANGEBYSCORE', log, since, '+inf', 'WITHSCORES', 'LIMIT', rank, 1)[2] or now)
    wait = math.min(score, now) + length + 1 - now
  end
  if count + (taken_before and 0 or 1) >= limit then full = 1 end

  local rest = redis.call('PTTL', hold)
  if rest > length then
    -- A hold is at most as long as its window, so the clock went back.
    redis.call('PEXPIRE', hold, length)
    rest = length
  end
  if rest > 0 and rest >= wait then wait, held = rest, 1 end

  if wait > 0 then free = false end
  answer[2 * i], answer[2 * i + 1] = wait, held
end

-- The answer to an earlier take was lost.
if taken_before then return { 1, full } end
if not free then return answer end

-- ZADD comes first, because a server that is out of memory refuses it only until a script has written something else.
for i = 1, windows do
  redis.call('ZADD', KEYS[i], now + lease, member)
end
for i = 1, windows do
  local length = tonumber(ARGV[2 * i + 1])
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - length - 1)
  -- Never shortened: another member may have a longer lease.
  local rest = lease + length + 1
  if redis.call('PTTL', KEYS[i]) < rest then redis.call('PEXPIRE', KEYS[i], rest) end
end
return { 1, full }
