/**
 * Signed outgoing webhooks (Standard Webhooks): the feed's events become deliveries by a cursor in the database, and
 * deliveries are sent, retried and given up by whichever replica claims them. What is hard is plain Java: {@link
 * dev.pocketagent.registry.webhook.EventFilter}, {@link dev.pocketagent.registry.webhook.RetrySchedule}, {@link
 * dev.pocketagent.registry.webhook.Signature}. Uses tenants, the feed and the audit trail; nothing uses it, and nothing here
 * runs in the transaction of the change that it tells of.
 */
@NullMarked
package dev.pocketagent.registry.webhook;

import org.jspecify.annotations.NullMarked;
