package dev.pocketagent.registry.audit;

import org.jspecify.annotations.Nullable;

/**
 * Fired inside the transaction that records that ends of chains were noted outside of the database.
 *
 * @param heads how many
 * @param sha256 of the lines, 64 hex digits
 * @param file its name; null when only the digest is published
 */
public record HeadsExported(Recorded recorded, long heads, String sha256, @Nullable String file) {}
