package dev.pocketagent.registry.event;

import java.util.Map;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

/**
 * Fired inside this process for every event, for observers that act when its transaction has succeeded.
 *
 * @param tenantId whom it is about; null for the platform
 */
public record Published(String type, @Nullable UUID tenantId, Map<String, ? extends @Nullable Object> data) {}
