package dev.pocketagent.registry.reservation;

import java.time.Instant;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.quota.Amounts;

/**
 * A reservation as the API shows it.
 *
 * @param holder what it is for
 * @param state {@code open}, {@code confirmed}, {@code released}, {@code expired} or {@code replaced}
 * @param replaces the reservation whose place it takes when it is confirmed
 * @param createdBy the key that made it
 * @param expiresAt when an open one gives back what it holds; null for others
 * @param endedAt when it was released, expired or replaced
 */
@Schema(name = "Reservation", examples = """
        {"id":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","tenantId":"01993c52-1111-7c1e-9a61-0f5a3f0c7d11",
         "holder":"stack/01993c52-2222-7c1e-9a61-0f5a3f0c7d11","state":"open",
         "amounts":{"stacks":1,"cpuMillis":1000,"memoryMib":2048,"diskMib":10240,"volumes":2,"keys":0,"sources":0},
         "replaces":null,"createdAt":"2026-11-21T10:15:30.123456Z","createdBy":"01993c50-0d0e-7aa0-8d3e-51a3a0f2b6c4",
         "expiresAt":"2026-11-21T10:30:30.123456Z","confirmedAt":null,"endedAt":null,"version":0}""")
public record ReservationView(UUID id, UUID tenantId, String holder,
        @Schema(enumeration = {
                "open", "confirmed", "released", "expired", "replaced"}) String state,
        Amounts amounts,
        @Nullable UUID replaces, Instant createdAt, @Nullable UUID createdBy, @Nullable Instant expiresAt,
        @Nullable Instant confirmedAt, @Nullable Instant endedAt, long version){

    static ReservationView of(Reservation row) {
        return new ReservationView(row.id(), row.tenantId(), row.holder(), row.state().text(), row.amounts(),
                row.replaces(), row.createdAt(), row.createdBy(), row.expiresAt(), row.confirmedAt(), row.endedAt(),
                row.version());
    }
}
