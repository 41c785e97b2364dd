-- expand
-- in a transaction
-- locks: sale (access exclusive)
--
-- Under which names Redis has the keys of a sale. Another default comes with another layout, in a step that contracts.

ALTER TABLE sale ADD COLUMN key_layout text NOT NULL DEFAULT 'a1';
