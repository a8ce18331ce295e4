package dev.pocketagent.registry.audit;

import java.util.HexFormat;
import java.util.UUID;

import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

/**
 * The end of a tenant's chain. Note it outside of the platform: as long as it is in the chain, nothing before it was cut.
 *
 * @param seq of the chain's last row
 * @param hash of that row, 64 hex digits
 */
@Schema(name = "AuditHead", examples = """
        {"tenantId":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","seq":1200,
         "hash":"5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"}""")
public record HeadView(@NotNull(message = "is needed") UUID tenantId,
        @Min(value = 1, message = "must be from 1") long seq,
        @NotNull(message = "is needed") @Pattern(regexp = "[0-9a-f]{64}", message = "must be 64 hex digits in small letters") String hash) {

    static HeadView of(Head.Noted noted) {
        return new HeadView(noted.tenantId(), noted.head().seq(), noted.head().hash().hex());
    }

    Head.Noted noted() {
        return new Head.Noted(tenantId, new Head(seq, new Hash(HexFormat.of().parseHex(hash))));
    }
}
