-- expand
-- in a transaction
-- locks: event, layout, organizer, organizer_terms, picture, product, promo, promo_window, section (access exclusive)
-- locks: segment, store, suppression, ticket_type, venue, webhook, webhook_delivery, webhook_try (access exclusive)
--
-- The office works as a role that sees and writes the rows of one organizer. The owner, whom everything else runs as, is
-- not subject to policies, so that the release before goes on as it did.

-- A role belongs to all databases of a server, so it may be there already, or be made by another of them right now.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aforo_office') THEN
        CREATE ROLE aforo_office NOLOGIN;
    END IF;
    IF NOT pg_has_role(current_user, 'aforo_office', 'MEMBER') THEN
        EXECUTE format('GRANT aforo_office TO %I', current_user);
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN
        NULL;
    WHEN insufficient_privilege THEN
        RAISE EXCEPTION '% may not make the role of the office', current_user USING ERRCODE = 'insufficient_privilege',
            HINT = format('let a superuser run: CREATE ROLE aforo_office NOLOGIN; GRANT aforo_office TO %I;', current_user);
END $$;

GRANT SELECT ON organizer_terms, event, layout, orders, pool, product, promo, promo_window, public_organizer, section,
    segment, named_segment, organizer, picture, picture_shown, sale, sale_terms, store, ticket_type, venue, webhook,
    webhook_delivery, webhook_try TO aforo_office;
GRANT INSERT ON audit, event, layout, organizer_terms, picture, pool, product, promo, promo_window, sale, sale_run,
    section, segment, store, suppression, ticket_type, venue, webhook, webhook_delivery TO aforo_office;
GRANT UPDATE ON picture, promo, promo_window, sale, segment, venue, webhook, webhook_delivery TO aforo_office;
GRANT UPDATE (name, order_key) ON organizer TO aforo_office;
GRANT DELETE ON webhook, webhook_delivery TO aforo_office;

ALTER VIEW public_organizer SET (security_invoker = true);
ALTER VIEW picture_shown SET (security_invoker = true);
ALTER VIEW named_segment SET (security_invoker = true);
ALTER VIEW sale_terms SET (security_invoker = true);

ALTER TABLE organizer ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON organizer TO aforo_office USING (id = current_setting('aforo.organizer', true));
ALTER TABLE organizer_terms ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON organizer_terms TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE picture ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON picture TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE venue ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON venue TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE event ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON event TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE webhook ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON webhook TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE store ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON store TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE product ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON product TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE suppression ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON suppression TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE segment ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON segment TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE promo ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON promo TO aforo_office USING (organizer_id = current_setting('aforo.organizer', true));
ALTER TABLE layout ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON layout TO aforo_office USING (
    (SELECT organizer_id FROM venue WHERE venue.id = layout.venue_id) = current_setting('aforo.organizer', true));
ALTER TABLE section ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON section TO aforo_office USING (
    (SELECT organizer_id FROM venue WHERE venue.id = section.venue_id) = current_setting('aforo.organizer', true));
ALTER TABLE ticket_type ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON ticket_type TO aforo_office USING (
    (SELECT organizer_id FROM event WHERE event.id = ticket_type.event_id) = current_setting('aforo.organizer', true));
ALTER TABLE webhook_delivery ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON webhook_delivery TO aforo_office USING (
    (SELECT organizer_id FROM webhook WHERE webhook.id = webhook_delivery.webhook_id) = current_setting('aforo.organizer', true));
ALTER TABLE webhook_try ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON webhook_try TO aforo_office USING (
    (SELECT organizer_id FROM webhook WHERE webhook.id = webhook_try.webhook_id) = current_setting('aforo.organizer', true));
ALTER TABLE promo_window ENABLE ROW LEVEL SECURITY;
CREATE POLICY office ON promo_window TO aforo_office USING (
    (SELECT organizer_id FROM promo WHERE promo.id = promo_window.promo_id) = current_setting('aforo.organizer', true));
