-- expand
-- in a transaction
-- locks: message, notice (share update exclusive)
--
-- Every message and notice there was has a channel and a state of those that are known.

ALTER TABLE message VALIDATE CONSTRAINT message_channel_check;
ALTER TABLE notice VALIDATE CONSTRAINT notice_state_check;
