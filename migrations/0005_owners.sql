-- expand
-- in a transaction
-- locks: schema_version, organizer, api_key, http_answer, venue, layout, section, event, ticket_type (share update exclusive)
-- locks: sale, pool, cart, orders, order_line, payment, sandbox_charge, ticket, outbox, audit (share update exclusive)
-- locks: installation, zone, store, product, profile, profile_order, push_subscription, suppression (share update exclusive)
-- locks: contact_proof, sale_contact, segment, promo, promo_window, notice, notice_batch, notice_inbox (share update exclusive)
-- locks: sms_spent, notice_attempt (share update exclusive)
--
-- The comment of each table begins with the context that owns it.

COMMENT ON TABLE schema_version IS 'stores: The newest contract step, for releases from before schema_step.';
COMMENT ON TABLE organizer IS 'access: Who runs events; owns everything below.';
COMMENT ON TABLE api_key IS 'access: Keys of organizers; only their SHA-256 is kept.';
COMMENT ON TABLE http_answer IS 'access: Answers kept for repeats with the same Idempotency-Key.';
COMMENT ON TABLE venue IS 'catalog: A place with a time zone.';
COMMENT ON TABLE layout IS 'catalog: A version of a venue''s seats; never changes.';
COMMENT ON TABLE section IS 'catalog: A run of seat numbers of a layout, row after row.';
COMMENT ON TABLE event IS 'catalog: A concert, talk, match … that takes place once.';
COMMENT ON TABLE ticket_type IS 'catalog: Kinds of tickets of an event: general, half price …';
COMMENT ON TABLE sale IS 'catalog: One on-sale: a window in which a finite stock is sold; the sharding unit.';
COMMENT ON TABLE pool IS 'catalog: A counted stock of a sale.';
COMMENT ON TABLE cart IS 'orders: The durable side of a buyer''s shopping session.';
COMMENT ON TABLE orders IS 'orders: What was bought; Postgres is the golden source.';
COMMENT ON TABLE order_line IS 'orders: One seat or one unit of an order.';
COMMENT ON TABLE payment IS 'orders: What was asked of the payment provider for an order.';
COMMENT ON TABLE sandbox_charge IS 'orders: The sandbox payment provider''s own ledger.';
COMMENT ON TABLE ticket IS 'orders: What opens the gate; one per order line.';
COMMENT ON TABLE outbox IS 'outbox: What others must be told, once.';
COMMENT ON TABLE audit IS 'audit: Who changed what.';
COMMENT ON TABLE installation IS 'stores: Small settings that all processes of one installation share.';
COMMENT ON TABLE zone IS 'promos: Time zones in use, numbered.';
COMMENT ON TABLE store IS 'promos: A place that sells products; has a position and a time zone.';
COMMENT ON TABLE product IS 'promos: Something one store sells.';
COMMENT ON TABLE profile IS 'promos: A buyer whom promos may be told to: contact, consent, position, behaviour.';
COMMENT ON TABLE profile_order IS 'promos: Paid orders that a profile has counted.';
COMMENT ON TABLE push_subscription IS 'promos: Browsers that take Web Push for a profile.';
COMMENT ON TABLE suppression IS 'contacts: Addresses nothing is sent to, by one organizer or by anybody.';
COMMENT ON TABLE contact_proof IS 'contacts: Letters that ask whether an address is its claimer''s, and what came of them.';
COMMENT ON TABLE sale_contact IS 'contacts: Which inbox a place stands on, in sales that ask for a contact.';
COMMENT ON TABLE segment IS 'promos: A named rule that says which profiles belong together.';
COMMENT ON TABLE promo IS 'promos: One product of one store at a special price, in one or more windows.';
COMMENT ON TABLE promo_window IS 'promos: A time in which a promo sells; one sale each.';
COMMENT ON TABLE notice IS 'promos: One promo notice of one buyer: at most one per local day.';
COMMENT ON TABLE notice_batch IS 'promos: Notices on their way, as deliverers lease them.';
COMMENT ON TABLE notice_inbox IS 'promos: Inboxes that a notice was sent to, or is being sent to, on a day.';
COMMENT ON TABLE sms_spent IS 'promos: Text messages of an organizer on a day.';
COMMENT ON TABLE notice_attempt IS 'promos: Tries to deliver a notice by e-mail, push or SMS.';
