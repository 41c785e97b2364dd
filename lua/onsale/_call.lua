-- _call: what every batch on a sale starts from and ends with: its items, its instant, the sale's record, one feed message.
-- Uses KEYS[1] sale, KEYS[2] feed, ARGV[1] packed items, ARGV[2] the instant in ms or '' for the clock of the store.
local SALE, FEED = KEYS[1], KEYS[2]
local items = cmsgpack.unpack(ARGV[1])
local head = redis.call('HMGET', SALE, 'state', 'epoch', 'seq', 'cfg', 'held', 'sold', 'revenue', 'orders', 'shopping')

-- The answer to a batch while the sale has to be rebuilt: nothing of it is done.
local function all_lost(epoch)
  local lost = {}
  for i = 1, #items do
    lost[i] = { 'lost', epoch }
  end
  return cmsgpack.pack(lost)
end

if not head[1] then
  return all_lost('')
end

local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local state, cfg = head[1], cmsgpack.unpack(head[4])
local COUNTS = { 'held', 'sold', 'revenue', 'orders', 'shopping' }
local counts, counts_before = {}, {}
for i = 1, #COUNTS do
  counts[COUNTS[i]] = tonumber(head[4 + i])
  counts_before[COUNTS[i]] = counts[COUNTS[i]]
end
-- Whether a seat is in one of these runs of seats, {first, how many, …} in order.
local function is_inside(runs, seat)
  for run = 1, #runs, 2 do
    if seat < runs[run] then
      return false
    elseif seat < runs[run] + runs[run + 1] then
      return true
    end
  end
  return false
end

-- Seats of allocations that buyers may draw on are off until a cart that may have them holds one. How many are not off is counted: they
-- are for sale as long as they are held, and not among cfg.total.
local lent = cfg.draws and tonumber(redis.call('HGET', SALE, 'lent')) or 0
local lent_before = lent

-- How many more of those that are sold await their money.
local reserved_more = 0

local function for_sale()
  return cfg.total + lent
end

-- What the feed message of this call will say; `noted` are buyers whose cart changed by itself.
local feed = {}
local room_news, count_news, noted = {}, {}, {}

-- Lua passes at most about 8,000 values at once.
local ARGUMENTS_MAX = 4000

-- `arguments` come in units of `width` values that belong to one another.
local function call_many(command, key, arguments, width)
  local step = ARGUMENTS_MAX - ARGUMENTS_MAX % width
  for first = 1, #arguments, step do
    redis.call(command, key, unpack(arguments, first, math.min(first + step - 1, #arguments)))
  end
end

local function read_many(key, fields)
  local values = {}
  for first = 1, #fields, ARGUMENTS_MAX do
    local last = math.min(first + ARGUMENTS_MAX - 1, #fields)
    local some = redis.call('HMGET', key, unpack(fields, first, last))
    for i = 1, #some do
      values[first + i - 1] = some[i]
    end
  end
  return values
end

-- Write the counters and publish what changed, one step further in the sale's sequence.
local function publish()
  local record = {}
  for i = 1, #COUNTS do
    local name = COUNTS[i]
    if counts[name] ~= counts_before[name] then
      count_news[name] = counts[name]
      record[#record + 1] = name
      record[#record + 1] = counts[name]
    end
  end
  room_news.shopping = count_news.shopping
  if reserved_more ~= 0 then
    count_news.reserved = redis.call('HINCRBY', SALE, 'reserved', reserved_more)
  end
  if lent ~= lent_before then
    record[#record + 1] = 'lent'
    record[#record + 1] = lent
  end
  if count_news.sold or lent ~= lent_before then
    room_news.left = for_sale() - counts.sold
  end
  if count_news.sold or count_news.held or lent ~= lent_before then
    room_news.free = for_sale() - counts.sold - counts.held
  end
  if next(count_news) then
    feed.c = count_news
  end
  if next(room_news) then
    feed.r = room_news
  end
  if noted[1] then
    feed.b = noted
  end
  if not next(feed) then
    return
  end
  local seq = tonumber(head[3]) + 1
  record[#record + 1] = 'seq'
  record[#record + 1] = seq
  redis.call('HSET', SALE, unpack(record))
  feed.e = head[2]
  feed.q = seq
  redis.call('SPUBLISH', FEED, cmsgpack.pack(feed))
end
