-- expand
-- in a transaction
-- locks: payment_account, sandbox_charge (access exclusive)
--
-- By which methods beside cards an account can be paid, and by which of them the sandbox awaits money.

ALTER TABLE payment_account ADD COLUMN offers text[] NOT NULL DEFAULT '{}';
ALTER TABLE sandbox_charge ADD COLUMN method text;
