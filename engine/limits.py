"""Every bound in one place, with its unit; they check one another at import.

Owns: the numbers that keep a stranger, a crowd or a slow store from growing memory or time without limit. A format (the
bytes of a nonce), the pause between two looks and a back-off are no bounds: they stay where they are used.
"""

from __future__ import annotations

# asks and items
ID_CHARS_MAX = 64
CURSOR_CHARS_MAX = 200
SEATS_PER_HOLD_MAX = 100
AMOUNT_MAX = 100_000_000  # that a buyer may choose to pay for one ticket, in minor units
UNITS_PER_HOLD_MAX = 1_000
TOKEN_CHARS_MAX = 256  # signed tokens: buyers, places, tickets
COMMANDS_REMEMBERED_PER_CART = 32

# keyring
KEYRING_LOOK_S = 5.0  # between looks of a process at the keys
KEYRING_NEWER_S = 1.0  # the least between them, however many unknown keys strangers name
KEYRING_ANNOUNCED_S = 60  # before a new key signs
KEYRING_ANNOUNCED_S_MIN = 15
KEYRING_SPARE_S = 24 * 3_600  # for a process that signs with the key before since it can't look
KEYRING_LIVE_MAX = 8  # keys of a purpose
BUYER_TOKEN_DAYS = 400  # as long as browsers keep a cookie
PLACE_TOKEN_DAYS = 400
NOTICE_LINK_DAYS = 400
HTTP_ANSWER_KEPT_S = 24 * 3_600
HTTP_ANSWER_WAIT_S_MAX = 10.0  # of a repeat, for the answer to the first

# sessions of accounts
MEMBER_IDLE_S = 30 * 60
MEMBER_SESSION_S = 12 * 3_600
BUYER_IDLE_S = 30 * 24 * 3_600
BUYER_SESSION_S = 180 * 24 * 3_600
API_KEYS_LIVE_MAX = 100  # of an organizer
API_KEY_LABEL_CHARS_MAX = 100
API_KEY_NETWORKS_MAX = 32
ACCESS_TOKEN_S = 5 * 60
ACCESS_TOKEN_S_MAX = 15 * 60
ACCESS_TOKEN_EARLY_S = 60  # clocks of machines differ
ACCESS_TOKEN_CHARS_MAX = 8_192
API_KEY_OVERLAP_S_MAX = 30 * 24 * 3_600
API_KEYS_USED_EVERY_S = 15.0  # between notes of a process of which keys were used
SESSION_RENEWED_S = 60  # the token before still holds for so long
SESSIONS_PER_ACCOUNT_MAX = 50  # the oldest ends for one more
SESSION_KEPT_DAYS = 90
KNOWN_BROWSER_DAYS = 180
KNOWN_ACCOUNTS_PER_BROWSER_MAX = 4

# passwords, and links in letters about accounts
PASSWORD_CHARS_MIN, PASSWORD_CHARS_MAX = 12, 256
PASSWORD_SCORE_MIN = 2  # of 0 to 4, as zxcvbn counts
PASSWORD_JUDGED_CHARS_MAX = 48  # a longer one is no weaker; judging takes milliseconds beyond that
PASSWORDS_WAITING_MAX = 200  # of one process; twenty seconds of a core
ACCOUNT_NAME_CHARS_MAX = 120
REGISTRATION_LINK_S = 24 * 3_600
RESET_LINK_S = 30 * 60
EMAIL_LINK_S = 24 * 3_600
OPERATORS_LINK_S = 3 * 24 * 3_600
ACCOUNT_LETTERS_PER_ADDRESS_AND_DAY_MAX = 8
ACCOUNT_PROOF_KEPT_DAYS = 7
ACCOUNT_BUYERS_MAX = 100
LOGINS_PER_NETWORK_BURST, LOGINS_PER_NETWORK_PER_S = 30, 0.2  # those that were right are given back
PASSWORDS_JUDGED_PER_NETWORK_BURST, PASSWORDS_JUDGED_PER_NETWORK_PER_S = 100, 3.0
ACCOUNT_LETTERS_PER_NETWORK_BURST, ACCOUNT_LETTERS_PER_NETWORK_PER_S = 10, 0.02
SCOPE_ITEMS_MAX = 500  # events and venues of a key or grant
GRANTS_PER_MEMBER_MAX = 50
INVITATION_S = 7 * 24 * 3_600
INVITATIONS_OPEN_MAX = 200  # of an organizer
GUEST_LINKS_LIVE_MAX = 200
GUEST_LINK_S_MAX = 90 * 24 * 3_600
APPROVAL_S = 24 * 3_600
APPROVALS_OPEN_MAX = 100
APPROVAL_RUNS_S_MAX = 60  # then another may begin it again
ACCESS_NEWS_ASK_S = 1.0  # whether the connection that tells of rights lives
SOCKETS_LOOKED_AT_S = 60.0  # how long what an open socket may do is believed without a word
STEP_UP_S = 10 * 60  # a second factor is fresh for so long

# second factors, and logins at outside providers
CEREMONY_S = 300  # from the options of a passkey, or the way to a provider, to the answer
PASSKEYS_MAX = 20  # of an account
PASSKEY_LABEL_CHARS_MAX = 60
PASSKEY_TEXT_CHARS_MAX = 8_192  # of each part of an answer of an authenticator
TOTP_DRIFT_STEPS = 1  # of 30 s, that the clock of an app may be off
RECOVERY_CODES = 10
RECOVERY_CHARS_MAX = 40
PASSWORD_SHOWN_CHARS_MAX = 256
OUTSIDE_DOCUMENT_BYTES_MAX = 256 * 1024  # of what a provider says of itself, and its keys
OUTSIDE_DOCUMENT_KEPT_S = 3_600
OUTSIDE_KEYS_AGAIN_S = 60  # before keys are fetched anew for one that is not among them
OUTSIDE_LEEWAY_S = 60  # that the clock of a provider may be off
OUTSIDE_TEXT_CHARS_MAX = 2_048

# batches: a script call should stay under about 10 ms
BATCH_ITEMS_MAX = 500
GATHER_MS = 4  # between calls of one script in a crowd: each costs Redis and every server as much as ten asks
FLIGHTS_MAX = 2  # calls of one script on their way while full batches wait: Redis works on one, we on the other
QUEUE_ITEMS_MAX = 50_000
ORDERS_PER_COMMIT_MAX = 1_000
RETRY_LOST_REPLY_MS_MAX = 5_000

# connections to Redis, of one process and to one server
REDIS_CONNECT_S_MAX = 2.0
REDIS_ANSWER_S_MAX = 5.0
REDIS_CONNECTIONS_MAX = 256
SPARE_CONNECTIONS = 16  # that are kept for the next asks
SPARE_LOOK_S = 5
SPARE_LOOKS = 12  # as many looks in a row find a connection spare before it is closed
SALES_KEPT_AT_ONCE_MAX = 64  # by one keeper; each asks over one connection at a time
SALES_LAID_OUT_MAX = 1_000  # per step: a few milliseconds each
SALES_SWEPT_AT_ONCE_MAX = 2_000  # in one call: a few milliseconds of Redis
SALES_NOTED_MAX = 20_000  # marks of one process, by which it notes a sale once in a while only

ALLOCATIONS_PER_SALE_MAX = 200
ALLOCATIONS_RELEASED_MAX = 100  # per step
SALES_LED_MAX = 100  # per step, whose stock Redis has still to follow

# Postgres
DATABASE_CONNECTIONS_MAX = 10  # of one pool
OFFICE_CONNECTIONS_MAX = 4  # of one process; none while nobody asks
DATABASE_CONNECT_S_MAX = 5.0
DATABASE_COMMAND_S_MAX = 15.0
WRITING_S_MAX = 2  # of one that may write; who hears of things waits for the oldest
ROWS_PER_DELETE_MAX = 1_000  # of what is too old, with all that hangs on it

# payment
CHARGE_S_MAX = 10.0
STRIPE_BEGIN_S_MAX = 4.0  # until a charge is begun, which asks for no money yet
STRIPE_CALL_S_MAX = 8.0
STRIPE_ANSWER_BYTES_MAX = 1024 * 1024
STRIPE_REFUNDS_AT_ONCE = 4  # of one process: each keeps a connection to Postgres meanwhile
STRIPE_REFUNDS_PER_PAGE = 100
STRIPE_REFUND_PAGES_MAX = 20  # of one order
AGENT_CHARS_MAX = 500  # of what a browser calls itself
HOOK_TOLERANCE_S = 300  # between a provider's clock and ours
HOOK_BODY_BYTES_MAX = 256 * 1024
PAYMENT_ACCOUNTS_PER_ORGANIZER_MAX = 10
PAYMENT_KEY_CHARS_MAX = 300
SERVED_MAX = 50  # currencies, or countries, that an account is for
TOLD_CHARS_MAX = 200  # of what buyers are told who send the money by themselves, and of a member's note about it
DAY_CHARS = 10  # of 2026-11-29
TRANSFER_DAYS_MAX = 30  # that such an account gives for a transfer
INVOICE_DAYS_MAX = 90
MONEY_LISTED_MAX = 200  # orders that await money by hand, on one page
TILLS_KEPT_S = 5.0  # by one process: so long is one used that was just switched off
TILLS_OF_SALES_MAX = 1_000
ASKED_S = 600  # that a buyer has for what a bank wants to know, such as 3-D Secure
ORDER_WAIT_S_MAX = 12.0
BONUS_PERCENT_MAX = 100  # on top of money that is given back as credit
OWN_REFUND_HOURS_MAX = 8_760  # before an event, until which buyers give back
REFUND_SEEN_TO_DAYS = 7  # by when somebody sees to one that the provider does not give back
OPEN_REFUNDS_LISTED_MAX = 200
DISPUTE_SEEN_TO_DAYS = 7  # where the provider does not say by when it has to be answered
DISPUTES_LISTED_MAX = 500
DISPUTES_ASKED_PER_STEP = 20  # that are open; each is a request
DISAGREEMENT_SEEN_TO_DAYS = 7
DISAGREEMENTS_LISTED_MAX = 500
SANDBOX_BOOK_ENTRIES_PER_PAGE = 1_000
STRIPE_BOOK_ENTRIES_PER_PAGE = 100  # the most that Stripe answers
ORDERS_COMPARED_PER_STEP = 1_000
RECONCILED_EVERY_H = 24
RECONCILED_AGAIN_H = 48  # what a provider writes late is read with the next
ORGANIZERS_RECONCILED_PER_STEP = 100
RECONCILIATIONS_LISTED_MAX = 30
RECONCILIATION_GRACE_S = 60  # what moved just now may be on its way to the other side
RECONCILIATION_KEPT_DAYS = 400
RECONCILING_S_MAX = 20.0  # of one step of the worker
CANCELLED_SALES_MAX = 400  # at once: dates of a series are events of their own
CANCELLED_PLACES_MAX = 500  # sections and pools
MOVES_LOOKED_AT_PER_STEP_MAX = 200
ORDERS_GIVEN_BACK_PER_STEP = 200  # by a cancellation, in one transaction per sale
ORDERS_GIVEN_BACK_AT_ONCE_MAX = 20  # of these, for which a provider is asked at the same moment
LEDGERS_PER_PROCESS_MAX = 500  # of sales orders were written for lately

# orders
PRICES_KEPT_S = 5.0  # by one process
PRICE_BOOKS_MAX = 1_000
PRICE_LIST_AHEAD_MS = 10_000  # of the change, so that every process knows a new list before a cart can need it
PHASE_AHEAD_MS = PRICE_LIST_AHEAD_MS  # for the same reason
PRICE_CHANGE_MS_MAX = 2_000  # a change that takes longer begins anew
PRICE_LISTS_PER_SALE_MAX = 100
PHASES_PER_SALE_MAX = 20
UNLOCKS_PER_SALE_MAX = 50
PRODUCTS_PER_SALE_MAX = 50
ZONES_PER_SALE_MAX = 100
ZONE_RUNS_PER_SALE_MAX = 5_000
ORDERS_FINISHED_PER_STEP_MAX = 500
LOCKED_CARTS_PER_SALE_MAX = 500  # that one step looks at
ORDERS_ASKED_AGAIN_MAX = 10_000  # of whom the provider knew nothing yet
CART_ENDS_PER_STEP_MAX = 500
ORDER_KEYS_WAITING_MAX = 200  # tries at keys of orders, in one process
KEYS_HASHED_STEP_S_MAX = 5.0
HASHING_UNUSED_S_MAX = 30.0  # the process that hashes then ends
TICKET_TYPE_CHARS_MAX = 64
ANSWER_CHARS_MAX = 1_000
ANSWERS_PER_CHANGE_MAX = 2_000
ANSWERS_BYTES_MAX = 32 * 1024  # of one cart, as JSON

# sale
SEATS_PER_SALE_MAX = 200_000
POOLS_PER_SALE_MAX = 200
SECTIONS_PER_SALE_MAX = 1_000
PERSON_MAX_MAX = 100
COMPLIMENTARY_MAX_MAX = 100_000  # tickets that a member may give away in a sale
REASON_CHARS_MAX = 200  # why one is given away, or given back
SHOPPERS_MAX_MAX = 1_000_000
CART_MS_MIN = 1_000
CART_MS_MAX = 24 * 3_600_000
ENDED_CART_KEPT_MS = 600_000
CARTS_EXPIRED_PER_CALL_MAX = 500
SHOPPER_GONE_AFTER_MS = 60_000
SALE_OVER_KEPT_S = 600  # quiet for so long, a sale that is over leaves Redis
SALES_OVER_MAX = 10_000  # looked at in one step of the archive
SALES_WOKEN_MAX = 1_000
DRAW_KEPT_S = 30 * 24 * 3_600  # the roster of a lobby, by which anybody may recompute a draw
SALE_HANDLE_UNUSED_S_MAX = 120.0  # a process then forgets a sale
KEEPER_PATIENCE_S = 0.5  # with a sale whose part of Redis does not answer

# jobs
JOB_RESTS_S_MAX = 50  # however little happens: what was missed is found within a minute
JOB_CUT_AFTER_BOUNDS = 4  # a step that takes so many times what it may is cut
WORKER_BEAT_S = 5  # how often a worker says what it does
WORKER_GONE_S = 20  # without a word for so long, it is gone
WORKER_KEPT_S = 3_600  # how long its last word is kept
WORKER_STOP_S_MAX = 10.0  # for its jobs to end
QUIET_SALES_VERIFIED_PER_TURN = 10
ORDERS_RECOMPUTED_PER_READ = 500  # by verify: the lines of so many orders are in memory at once

# how long rows are kept that nobody sells by; orders, payments, tickets and the audit trail stay
ANSWERS_KEPT_DAYS = 365  # after what was bought took place: until then somebody may look into it
CART_KEPT_DAYS = 365  # after its sale closed: by then, what buyers leave behind has been counted
OUTBOX_KEPT_DAYS = 14  # after that, a day of it goes once every consumer has passed it
OUTBOX_ONCE_KEPT_DAYS = 365  # a year later the same thing could be told again
LET_GO_KEPT_DAYS = 30  # people, since nothing refers to them; far longer than anything on its way to refer to one
SEALED_KEY_KEPT_DAYS = 2  # in a cart that was never noted as ended: by then it has
NOTICE_KEPT_DAYS = 365
APPROVALS_KEPT_DAYS = 365
INVITATIONS_KEPT_DAYS = 180
RETENTION_DUE_SHOWN_MAX = 100_000  # of what is due, counted
NOTICE_INBOX_KEPT_DAYS = 7  # longer than a notice of that day can still be due
NOTICE_BATCH_KEPT_DAYS = 30  # after the last of it was delivered

# the audit trail
AUDIT_LINKS_PER_STEP_MAX = 1_000
AUDIT_HORIZON_LAG_MAX = 10_000  # transactions; then it follows them, also while nothing is written
AUDIT_HEAD_EVERY_S = 3_600  # of a chain that moved; the first one when a worker looks
AUDIT_ROWS_PER_PAGE = 5_000
AUDIT_FINDINGS_MAX = 200
AUDIT_FILTER_CHARS_MAX = 300  # of a subject that is searched for
AUDIT_REFUSALS_PER_MINUTE_MAX = 100  # networks that get a row of their own; the others share one
AUDIT_REFUSALS_PER_ORGANIZER_MAX = 20  # rows a minute in its own trail; the others share one
AUDIT_REFUSALS_COUNTED_MAX = 2_000  # counters of one process
AUDIT_TALLY_EVERY_S = 5
AUDIT_TALLY_SETTLES_S = 30  # after its minute, nobody counts in it any more

# outbox
OUTBOX_ROWS_PER_PAGE = 1_000
OUTBOX_PAGES_PER_STEP = 20
OUTBOX_DAYS_AHEAD = 7  # a worker may be away for so long before days are missing; then rows go to the default partition
WORK_ITEMS_PER_PAGE = 200
WORK_TRIES_MAX = 10  # then the subject is parked: with these waits, after three quarters of an hour
WORK_RETRY_S = 5
WORK_RETRY_S_MAX = 3_600
PARKED_SHOWN_MAX = 100

# catalog
ROWS_PER_SECTION_MAX = 1_000
ROW_SEATS_MAX = 1_000
PERFORMERS_MAX = 50
DATES_AT_ONCE_MAX = 366  # of a series, made by one call
SERIES_DATES_SHOWN_MAX = 400  # to buyers: those to come
SERIES_DATES_MAX = 1_000  # on the page of an event in the office
TICKET_TYPES_MAX = 20
QUESTIONS_MAX = 20  # of one sale
DAYS_PER_SALE_MAX = 14  # as many as a printed ticket has lines for
QUESTION_CHARS_MAX = 1_000  # what a consent is to says itself whole
OPTIONS_MAX = 50  # of one question
QUESTIONS_BYTES_MAX = 32 * 1024  # of one sale, as JSON: they travel with each cart
TEXT_CHARS_MAX = 20_000
PRICE_MINOR_MAX = 100_000_000_000
SOURCE_BYTES_MAX = 1024 * 1024
SOURCE_DEPTH_MAX = 20
MISTAKES_TOLD_MAX = 100
MOMENT_YEAR_MIN = 1900  # a zone moves a moment by a day at most, and further off no calendar is left
MOMENT_YEAR_MAX = 9_998

# sockets
MESSAGE_BYTES_MAX = 64 * 1024
FRAMES_PER_MESSAGE_MAX = 64  # a client may cut a message into frames; each costs as much as a message
ASKS_PER_SECOND_MAX = 50
ASKS_BURST_MAX = 100
FLOOD_ASKS_MAX = 200  # asks over the rate before a socket is closed
TOPICS_PER_SOCKET_MAX = 40
SOCKETS_PER_ADDRESS_MAX = 1_000
ASKS_IN_FLIGHT_PER_SOCKET_MAX = 64
SALES_ATTENDED_PER_SOCKET_MAX = 20
UNSENT_BYTES_PER_SOCKET_MAX = 1024 * 1024
UNSENT_BYTES_LOW = 64 * 1024  # a slow reader that drained to here gets its snapshot
BAD_MESSAGES_IN_A_ROW_MAX = 10
PING_EVERY_S = 25
SILENCE_S_MAX = 60
SOCKETS_PULSE_S = 5
BYE_RECONNECT_MS = 500
MERGE_MS = 50
ROOM_MERGE_MS = 250  # room and counters change with everything; people read them at leisure
ROOM_FRAMES_PER_S = 10_000  # of one sale in one process: a larger room is told less often, which leaves time for asks
DELTAS_KEPT_MAX = 2_000  # what a client that reconnects may resume from
RESUME_WAIT_MS_MAX = 1_000  # for this process to hear what another one has told already
WATCH_AGAIN_MS_MAX = 2_000
HUB_IDLE_S_MAX = 30
FIRST_VIEW_S_MAX = 6  # longer than a lost reply is asked again
VIEWERS_EVERY_S = 2
VIEWERS_AGAIN_S = 6  # a process that says nothing for 15 s counts no longer
TOUCH_EVERY_S = 20
CLOSE_S_MAX = 2
FILES_RESERVED = 256  # of the open files a process may have, those not for sockets
DRAIN_S_MAX = 20
LISTEN_BACKLOG = 4_096
CHILD_AGAIN_S_MAX = 5
CHILD_STOP_S_MAX = DRAIN_S_MAX + 5.0
CHILD_READY_S_MAX = 60.0
VIOLATIONS_LOGGED_MAX = 20  # of one sale in one look: a worker must not wait for whoever reads its log
READYZ_S_MAX = 2.0  # one look of /readyz at a store
PULSE_AGAIN_S = 0.2  # before a pulse that died is started again; twice as long each time
PULSE_AGAIN_S_MAX = 20.0
PULSE_DEATHS_MAX = 3  # in a row, before it counts as dead
PULSE_HEALTHY_S = 60.0  # alive for so long, it is well again

# what people type
NAME_CHARS_MAX = 200
CURRENCY_CHARS_MAX = 12  # three are right; more are read, so that the mistake can be named
KEY_CHARS_MAX = 80  # a name that an id is made from
LINE_CHARS_MAX = 500  # addresses, links
SEARCH_CHARS_MAX = 100
ZONE_CHARS_MAX = 64
LOCALE_CHARS_MAX = 35
MOMENT_CHARS_MAX = 40
MARKS_IN_A_ROW_MAX = 8  # accents and vowels on one letter; no writing needs more
EMAIL_CHARS_MAX = 254
CARD_CHARS_MAX = 40
TAXES_MAX = 10
FEES_MAX = 10
COUPON_CHARS_MAX = 128  # all codes of a cart, one after the other
COUPONS_PER_CART_MAX = 3
COUPON_CODE_CHARS_MIN = 3
COUPON_CODE_CHARS_MAX = 32
CODES_PER_COUPON_WRITTEN_MAX = 100
CODES_PER_BATCH_MAX = 20_000
CODES_PER_ORGANIZER_MAX = 500_000  # drawn ones
COUPONS_PER_SALE_MAX = 100
COUPONS_PER_ORGANIZER_MAX = 1_000  # that have not ended
COUPONS_LISTED_MAX = 2_000
COUPON_SALES_MAX = 100
BENEFITS_PER_SALE_MAX = 20  # that count without a code
COUPONS_KEPT_S = 2.0
COUPON_BOOKS_MAX = 10_000
CREDITS_PER_ORDER_MAX = 5  # of one person and by codes together
VOUCHERS_PER_BATCH_MAX = 1_000
VOUCHERS_KEPT_S = 10.0  # how long it is known whether an organizer has any
CREDIT_LISTED_MAX = 500
CREDIT_ENTRIES_LISTED_MAX = 500
CREDIT_EXPIRED_PER_STEP_MAX = 500
PHONE_CHARS_MAX = 40
PUSH_ENDPOINT_CHARS_MAX = 1_000
PUSH_PER_PERSON_MAX = 10  # browsers of one buyer; the newest stay
TERMS_CHARS_MAX = 10_000  # they travel with the sale: what is longer lies behind a link
REFUND_RULE_CHARS_MAX = 500
ORDER_KEY_CHARS_MIN = 8
ORDER_KEY_CHARS_MAX = 128
ENTRY_CODE_CHARS_MIN = 6
ENTRY_CODE_CHARS_MAX = 64
ENTRY_CODES_MAX = 100  # of one sale
CHALLENGE_S = 300  # how long a challenge may be solved and spent
PROOF_CHARS_MAX = 2_000
ITEMS_PER_CHANGE_MAX = 200

# what one network may do: at once, and per second afterwards (engine/access/allowances.py)
PLACES_PER_NETWORK_BURST = 1_000  # an office, a campus, a carrier's shared address
PLACES_PER_NETWORK_PER_S = 1.0
BUYERS_PER_NETWORK_BURST = 5_000
BUYERS_PER_NETWORK_PER_S = 20.0
PERSONS_PER_NETWORK_BURST = 1_000
PERSONS_PER_NETWORK_PER_S = 1.0
ORDER_OPENINGS_PER_NETWORK_BURST = 20
ORDER_OPENINGS_PER_NETWORK_PER_S = 1 / 3
ENTRY_CODES_PER_NETWORK_BURST = 100
ENTRY_CODES_PER_NETWORK_PER_S = 1.0
NETWORKS_REMEMBERED_MAX = 10_000  # of addresses, by one process
NETWORK_WAIT_MS_MAX = 60_000  # the longest wait that is told: a crowd behind one address must not be sent away

# tries at one secret: an order's key, a code
ORDER_KEY_LETTERS_PER_NETWORK_BURST, ORDER_KEY_LETTERS_PER_NETWORK_PER_S = 10, 0.02
ORDER_KEY_LINK_S = 3_600
ORDER_KEY_LETTERS_PER_DAY = 5  # about one order
ORDER_KEY_LETTERS_WAITING_MAX = 500  # asks at one moment, in one process
ORDER_LETTERS_AGAIN_PER_DAY = 5  # of one order
GUESSES_FREE = 10
GUESS_WAIT_MS = 30_000  # after the last free one; then twice as long each time
GUESS_WAIT_MS_MAX = 3_600_000
GUESSES_KEPT_MS = 24 * 3_600_000

# HTTP
RATED_ADDRESSES_MAX = 10_000
MARKS_MAX = 10_000
SALES_KNOWN_MAX = 100_000
MARKS_FRESH_S = 2
MARK_S_MAX = 1
IDEMPOTENCY_KEY_CHARS_MAX = 128
HTTP_BODY_BYTES_MAX = 2 * 1024 * 1024
PAGE_ITEMS_MAX = 200

# pages
SALES_REMEMBERED_MAX = 1_000
ORDER_PASS_S = 3_600  # how long a browser that gave the key may fetch tickets without it
OPENED_FORGOTTEN_MAX = 50  # orders opened with their keys that a browser may name to have forgotten
SITEMAP_SALES_MAX = 5_000
PAGE_FACTS_KEPT_S = 3.0
PAGE_FACTS_S_MAX = 2.0  # a page that starts without the facts is better than one that does not start

# rendered documents: tickets, receipts, share pictures
DOCUMENTS_WAITING_MAX = 64
DOCUMENTS_PER_MINUTE_MAX = 120  # per address
DOCUMENTS_BURST_MAX = 60
DOCUMENT_CACHE_BYTES_MAX = 32 * 1024 * 1024

# rehearsals: one that nobody prolongs is removed
REHEARSAL_LASTS_S = 60
REHEARSAL_PROLONGED_EVERY_S = 10

# promos
RADIUS_M_DEFAULT = 2_000
RADIUS_M_MAX = 50_000
PROMO_CART_MS = 60_000
PROMO_WINDOWS_MAX = 366
PROMO_WINDOW_HOURS_MAX = 24 * 7
PROMO_STOCK_MAX = 1_000_000
SEGMENTS_PER_PROMO_MAX = 16
SEGMENTS_MAX = 64  # of an organizer, beside the built-in ones
SEGMENTS_PER_QUERY_MAX = 50  # each with at most RULE_PARTS_MAX parameters, of which Postgres takes 32,767
PRODUCTS_PER_STORE_MAX = 1_000
PROMOS_PER_SOURCE_MAX = 100
PROMO_PREPARED_S = 600
PROMOS_ACTIVATED_AT_ONCE_MAX = 3  # Redis works on one while Postgres works on another
PROMO_COUNTS_KEPT_S = 7 * 24 * 3_600
PROMO_LOOKED_AHEAD_S = 60  # beyond that, for windows to get ready
RULE_CHARS_MAX = 2_000
RULE_PARTS_MAX = 100
RULE_DEPTH_MAX = 20

# positions: the speed of a jet, and the accuracy below which a report is useless
TRAVEL_M_PER_S_MAX = 280
POSITION_ACCURACY_M_MAX = 5_000
POSITION_AGE_S_MAX = 24 * 3_600
POSITION_FUTURE_S_MAX = 60
VAGUENESS_ALLOWED_M = 200

# notices
NOTICES_PER_CLAIM_MAX = 2_500
CLAIM_CELLS_MAX = 500
CLAIMS_PER_COMMIT_MAX = 16
CLAIMS_WRITTEN_AT_ONCE_MAX = 8  # of a window, on their way to Postgres while the next one is made
CONSENT_CHARS_MAX = 1_000
PEOPLE_PER_ASK_MAX = 1_000  # in one request; a file takes as many as there are
OLDER_AUDIENCE_S = 30 * 24 * 3_600  # what older releases kept of the audience stays so long
AUDIENCE_NUMBERS_CACHED_MAX = 100_000
PERSONS_PER_COPY = 10_000
NAME_WORDS_MAX = 12  # of a name, by which it is found
PEOPLE_FOUND_MAX = 1_000  # by one address or name
ORDERS_FOUND_MAX = 200  # by one look
NOTE_CHARS_MAX = 1_000
NOTES_PER_PERSON_MAX = 100
VAULT_READS_PER_BATCH_MAX = 500
REWRAPS_PER_WRITE = 1_000  # data keys, in one transaction
REWRAPS_PER_STEP_MAX = 50_000
ERASURES_PER_STEP_MAX = 500
LET_GO_PER_WRITE = 500  # people that nothing refers to, erased in one transaction
LET_GO_PER_STEP_MAX = 20_000
LOOKED_OVER_PER_STEP_MAX = 5_000  # people, an hour: a million in eight days
MOVED_PER_WRITE = 500  # contacts, into the vault, in one transaction
MOVED_PER_STEP_MAX = 20_000
PERSONS_PER_WRITE_MIN = 250  # in one transaction of an import, …
PERSONS_PER_WRITE = 2_500  # … and as many where Postgres has the time
SEGMENT_AGES_S = 600
PROMO_PULSE_S = 1.0
NOTICE_LEASE_S = 30
NOTICES_PER_FLUSH = 200
NOTICE_STEP_S_MAX = 60.0
NOTICE_LEDGER_KEPT_MS = 3 * 24 * 3_600_000  # in Redis, from its last change
LIVE_ANSWER_S = 10
PUSH_KEPT_S = 3_600  # by a push service that can't deliver
EMAIL_CONNECTIONS_MAX = 4
EMAIL_S_MAX = 15.0
SMS_S_MAX = 10.0
SMS_CHARS_MAX = 155  # one text message, with room for what a gateway adds
SMS_PER_ORGANIZER_AND_DAY = 1_000  # where nothing else is set
SMS_PROOFS_PER_DAY = 500  # where nothing else is set

# proofs that an address is its claimer's
PROOF_LINK_S = 24 * 3_600
PROOF_CODE_S = 600
PROOF_CODE_TRIES_MAX = 5
PROOF_AGAIN_S = 60  # asking again sooner is the same ask
PROOFS_PER_BUYER_AND_DAY_MAX = 10
PROOFS_PER_NETWORK_AND_HOUR_MAX = 1_000
PROOFS_PER_ADDRESS_AND_DAY_MAX = 3  # letters to somebody who may not have asked for any
PROOFS_PER_ADDRESS_AND_MONTH_MAX = 10  # that nobody confirmed
PROOF_KEPT_DAYS = 365  # how long a confirmed one counts
PROOF_ASKED_KEPT_DAYS = 31
LETTERS_PER_STEP_MAX = 100
LETTER_LEASE_S = 60

# letters
LETTER_KEY_CHARS_MAX = 200
LETTER_LINK_CHARS_MAX = 2_000
LETTER_WORDS_CHARS_MAX = 200  # of any other field
LETTER_NAME_CHARS_MAX = 80  # of what strangers call themselves, as it is shown
LETTERS_AT_ONCE_MAX = 32  # of each channel
LETTER_SALES_KEPT, LETTER_SALES_KEPT_S = 64, 5.0  # what letters say of a sale
LETTER_DRAW_S_MAX = 10.0  # of what it shows and its attachments
LETTER_TRY_S_MAX = 45.0
LETTER_TRIES_MAX = 100  # its end comes first: see LETTER_S
LETTER_DOUBTS_MAX = 5  # tries of which nobody knows whether they went out
LETTER_RETRY_S = 5
LETTER_RETRY_S_MAX = 900
LETTER_S = 3 * 24 * 3_600  # later than that it isn't news, where its link doesn't end before
LETTER_AHEAD_S = 3_600  # what somebody waits for comes before what has waited less than that
LETTER_SAID_CHARS_MAX = 200
LETTER_SEALED_KEPT_DAYS = 30
LETTER_KEPT_DAYS = 365
LETTERS_SETTLE_S_MAX = 2.0
LETTERS_PER_INBOX_AND_DAY = 20  # of those that anybody can have sent to an address
PREFERENCES_PER_LOOK_MAX = 500
STAND_INS_PER_ASK_MAX = 1_000
KNOWN_ROWS_MAX = 10_000  # of one section of what is known of somebody
KNOWN_STATEMENT_S_MAX = 5  # of each statement in the snapshot that it is read from
NOTICE_LOOK_S = 60  # at a batch whose notices were handed over and whose ends are not all known
LETTERS_BUSY_S = 0.02  # until the next step, while more waits than may be sent at once
LETTERS_OVERDUE_S = 1.0  # until the next look for what is not sent any more, meanwhile
SANDBOX_READ_BYTES = 512 * 1024  # of the end of each file of what was not really sent
MAIL_SHOWN_MAX = 200

# links
LINKS_PER_ORGANIZER_MAX = 500  # archived ones included: none is ever deleted
LINK_NAME_CHARS_MAX = 32
LINK_LABEL_CHARS_MAX = 100
LINK_BOOKS_MAX = 200  # organizers whose names of links a process knows
LINK_BOOKS_KEPT_S = 5.0  # so long another process does not know of a new link
LINKS_COUNTED_MAX = 10_000  # with visits that were not handed in yet, by one process
VISITS_HANDED_IN_EVERY_S = 2.0
SOURCE_KEPT_DAYS = 30  # by a browser: since it came by a link last, and how long a first time counts
SOURCES_PER_BROWSER_MAX = 8  # organizers
SOURCE_COOKIE_CHARS_MAX = 1_200

# receipts
RECEIPTS_PER_PAGE = 500
RECEIPT_PAGES_PER_STEP = 10
RECEIPTS_EXPORTED_PER_PAGE = 5_000
TAX_ID_CHARS_MAX = 30
POSTAL_CODE_CHARS_MAX = 16
RECEIPT_PREFIX_CHARS_MAX = 12
RECEIPT_NOTE_CHARS_MAX = 500
RECEIPT_WITHIN_S = 600  # of the capture, or something is wrong

# webhooks
WEBHOOKS_PER_ORGANIZER_MAX = 20
WEBHOOK_URL_CHARS_MAX = 1_000
WEBHOOK_TOPICS_MAX = 50
WEBHOOKS_RESEALED_PER_STEP_MAX = 100
WEBHOOKS_AT_ONCE_MAX = 100  # requests of one worker: as many as one client keeps open
WEBHOOKS_AT_ONCE_PER_ENDPOINT = 4  # one alone while it fails
WEBHOOK_ANSWER_BYTES_KEPT = 1_024
WEBHOOK_RETRIES_S = (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)  # three days and some
WEBHOOK_FAILING_S = 3 * 24 * 3_600  # without one success, an endpoint is paused
WEBHOOK_LEASE_S = 60
WEBHOOK_KEPT_DAYS = 30
WEBHOOK_REPLAY_MAX = 10_000
WEBHOOKS_FORGIVEN_AT_ONCE = 1_000  # deliveries that wait for an endpoint, when it is resumed

# requests to addresses that strangers chose
OUTGOING_S_MAX = 10.0
OUTGOING_ANSWER_BYTES_MAX = 64 * 1024

# pictures that organizers name
PICTURE_BYTES_MAX = 10 * 1024 * 1024
PICTURE_REDIRECTS_MAX = 3
PICTURE_SIDE_MIN, PICTURE_SIDE_MAX, PICTURE_PIXELS_MAX = 64, 12_000, 40_000_000
PICTURE_WIDTHS = (480, 960, 1_600)  # of phones and desks, narrow to wide
PICTURE_DRAW_BYTES_MAX = 1024 * 1024 * 1024  # memory of the process that draws
PICTURE_DRAW_CPU_S_MAX, PICTURE_DRAW_S_MAX = 15, 30.0  # others go first
PICTURES_AT_ONCE_MAX = 2
PICTURE_STEP_S_MAX = OUTGOING_S_MAX * (1 + PICTURE_REDIRECTS_MAX) + PICTURE_DRAW_S_MAX
PICTURE_LEASE_S = 240
PICTURE_RETRIES_S = (60, 300, 1_800, 7_200, 43_200)
PICTURES_REMEMBERED_BYTES_MAX = 32 * 1024 * 1024  # by a process that serves them

assert 2 * (KEYRING_LOOK_S + KEYRING_NEWER_S) < KEYRING_ANNOUNCED_S_MIN, "who missed a look still reads it in time"
assert WORKER_BEAT_S * 3 < WORKER_GONE_S < WORKER_KEPT_S
assert JOB_RESTS_S_MAX < PROMO_LOOKED_AHEAD_S, "no window comes up while the promoter rests"
assert ENDED_CART_KEPT_MS <= SALE_OVER_KEPT_S * 1000, "how carts ended is told for as long as was promised"
assert CART_MS_MAX < SEALED_KEY_KEPT_DAYS * 24 * 3_600_000, "no live cart loses its key"
assert 2 * CART_MS_MAX < LET_GO_KEPT_DAYS * 24 * 3_600_000, "no purchase on its way refers to whom nobody needs"
assert NOTICE_BATCH_KEPT_DAYS <= NOTICE_KEPT_DAYS
assert SEATS_PER_HOLD_MAX <= SEATS_PER_SALE_MAX
assert WRITING_S_MAX < DATABASE_COMMAND_S_MAX
assert KNOWN_STATEMENT_S_MAX < DATABASE_COMMAND_S_MAX
assert BATCH_ITEMS_MAX <= QUEUE_ITEMS_MAX
assert SPARE_CONNECTIONS < REDIS_CONNECTIONS_MAX
assert 2 * SALES_KEPT_AT_ONCE_MAX < REDIS_CONNECTIONS_MAX, (
    "a keeper leaves connections to whatever else its worker does"
)
assert PERSON_MAX_MAX <= SEATS_PER_HOLD_MAX
assert ANSWERS_BYTES_MAX < MESSAGE_BYTES_MAX, "all answers of a cart fit into one message"
assert MESSAGE_BYTES_MAX < UNSENT_BYTES_PER_SOCKET_MAX
assert UNSENT_BYTES_LOW < UNSENT_BYTES_PER_SOCKET_MAX
assert PING_EVERY_S < SILENCE_S_MAX
assert PULSE_AGAIN_S_MAX * 2 < PULSE_HEALTHY_S, "what dies at once, again and again, is never taken for well"
assert RADIUS_M_DEFAULT <= RADIUS_M_MAX
assert CART_MS_MIN <= PROMO_CART_MS <= CART_MS_MAX
assert VAGUENESS_ALLOWED_M < POSITION_ACCURACY_M_MAX
assert NOTICE_LEASE_S > LIVE_ANSWER_S
assert PROOF_CODE_S < PROOF_LINK_S < PROOF_ASKED_KEPT_DAYS * 24 * 3_600
assert PROOFS_PER_ADDRESS_AND_DAY_MAX <= PROOFS_PER_ADDRESS_AND_MONTH_MAX
assert SEGMENTS_PER_QUERY_MAX * RULE_PARTS_MAX < 32_000
assert LETTER_DRAW_S_MAX + LETTER_TRY_S_MAX < LETTER_LEASE_S, "nobody sends what another is still sending"
assert LETTER_S < LETTER_SEALED_KEPT_DAYS * 24 * 3_600, "what waits can still be read"
assert LETTER_SEALED_KEPT_DAYS <= LETTER_KEPT_DAYS
assert sum(WEBHOOK_RETRIES_S) < WEBHOOK_KEPT_DAYS * 24 * 3_600
assert PICTURE_STEP_S_MAX * 2 < PICTURE_LEASE_S, "nobody fetches what another still waits for"
assert OUTGOING_S_MAX * 2 < WEBHOOK_LEASE_S, "nobody sends what another still waits for"
assert MERGE_MS <= ROOM_MERGE_MS
assert MERGE_MS < RESUME_WAIT_MS_MAX
assert TOUCH_EVERY_S * 1000 < SHOPPER_GONE_AFTER_MS
assert REHEARSAL_PROLONGED_EVERY_S * 3 < REHEARSAL_LASTS_S
assert CHARGE_S_MAX < ORDER_WAIT_S_MAX
assert RECONCILED_EVERY_H < RECONCILED_AGAIN_H
assert STRIPE_BEGIN_S_MAX < STRIPE_CALL_S_MAX < CHARGE_S_MAX
assert PLACES_PER_NETWORK_BURST <= BUYERS_PER_NETWORK_BURST
assert SOURCES_PER_BROWSER_MAX * (ID_CHARS_MAX + 2 * LINK_NAME_CHARS_MAX + 10) < SOURCE_COOKIE_CHARS_MAX
assert GUESS_WAIT_MS_MAX < GUESSES_KEPT_MS, "a wait is not forgotten before it is over"
