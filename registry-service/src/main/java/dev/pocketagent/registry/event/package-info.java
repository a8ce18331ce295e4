/**
 * The outbox and the feed that other services follow: an event is written in the transaction of its change, gets its place
 * in the feed once that is committed, and is waited for without a thread or a connection. Knows the audit trail, whose lock
 * keeps a tenant's events in order, and no other feature.
 */
@NullMarked
package dev.pocketagent.registry.event;

import org.jspecify.annotations.NullMarked;
