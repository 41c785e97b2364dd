-- expand
-- in a transaction
-- locks: zone, profile, profile_order, push_subscription, suppression, segment (share update exclusive)
--
-- People and segments are contexts of their own, and publish what promos read of them.

COMMENT ON TABLE zone IS 'people: Time zones in use, numbered.';
COMMENT ON TABLE profile IS 'people: A person we may write to: contact, consent, position, behaviour.';
COMMENT ON TABLE profile_order IS 'people: Paid orders, and whether a person has counted them.';
COMMENT ON TABLE push_subscription IS 'people: Browsers that take Web Push for a person.';
COMMENT ON TABLE suppression IS 'people: Addresses nothing is sent to, by one organizer or by anybody.';
COMMENT ON VIEW silenced_address IS 'people: Addresses nothing is sent to; without an organizer, by nobody.';
CREATE OR REPLACE VIEW silenced_address AS SELECT channel, address, organizer_id, reason FROM suppression;
CREATE VIEW person AS
SELECT p.number, p.buyer_id, p.zone, z.name AS zone_name, p.locale, p.latitude, p.longitude, p.accuracy_m, p.located_at,
       p.email IS NOT NULL AS has_email, p.phone IS NOT NULL AS has_phone, p.consent, p.first_seen_at, p.orders_count,
       p.last_order_at, p.changed_xid
FROM profile p JOIN zone z ON z.number = p.zone;
COMMENT ON VIEW person IS 'people: What is known of a person, but for names and addresses.';
COMMENT ON TABLE segment IS 'segments: A named rule that says which people belong together.';
CREATE VIEW named_segment AS SELECT id, organizer_id, number, name FROM segment;
COMMENT ON VIEW named_segment IS 'segments: Segments of organizers, with the numbers of their bitmaps.';
