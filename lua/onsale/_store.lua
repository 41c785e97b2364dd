-- _store: which run of a server holds a sale. Another one may lack what was written last, and nothing else in it says so.
local function run_of_store()
  return string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
end

-- Whether another server answers than the one that the sale was written on.
local function is_elsewhere(sale)
  return redis.call('HGET', sale, 'store') ~= run_of_store()
end
