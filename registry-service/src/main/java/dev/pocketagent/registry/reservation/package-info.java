/**
 * Claims on a tenant's quota over HTTP: reserved for a while, then confirmed, or given back by their holder or by time.
 * Uses quotas for the arithmetic and tenants for who may have anything; nothing depends on it.
 */
@NullMarked
package dev.pocketagent.registry.reservation;

import org.jspecify.annotations.NullMarked;
