package dev.pocketagent.registry.audit;

import java.util.List;
import java.util.Locale;
import java.util.UUID;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * What came out of checking the chains.
 *
 * @param intact whether every checked chain is whole
 * @param noted the comparison with ends that were noted outside of the database; absent when there were none to compare with
 * @param tenants the checked chains, broken ones first; at most 1000 of them
 */
@Schema(name = "AuditVerification", examples = """
        {"intact":false,"checkedTenants":2,"checkedRows":1204,
         "noted":{"heads":2,"files":1,"damagedFiles":[]},"tenants":[
          {"tenantId":"01993c52-7f2a-7c1e-9a61-0f5a3f0c7d11","rows":1200,
           "head":"5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8","intact":false,
           "firstBreak":{"seq":17,"reason":"row_changed"}},
          {"tenantId":"00000000-0000-0000-0000-000000000000","rows":4,
           "head":"0b14d501a594442a01c6859541bcb3e8164d183d32937b851835442f69d5c94e","intact":true}]}""")
@JsonInclude(JsonInclude.Include.NON_NULL)
public record VerifyView(boolean intact, long checkedTenants, long checkedRows, @Nullable NotedEnds noted,
        List<TenantChain> tenants) {

    public VerifyView {
        tenants = List.copyOf(tenants);
    }

    /**
     * The comparison with ends that were noted outside of the database. What is missing is a {@code firstBreak} of its chain.
     *
     * @param heads how many noted ends were looked for
     * @param files how many files they came from
     * @param damagedFiles names of files that do not hold what was written into them
     */
    @Schema(name = "NotedEnds")
    public record NotedEnds(long heads, int files, List<String> damagedFiles) {

        public NotedEnds {
            damagedFiles = List.copyOf(damagedFiles);
        }
    }

    /**
     * One tenant's chain.
     *
     * @param head hash of the last row; note it elsewhere, and a cut tail shows even against an attacker with the database
     * @param firstBreak only when not intact
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record TenantChain(UUID tenantId, long rows, String head, boolean intact, @Nullable FirstBreak firstBreak) {

        static TenantChain of(ChainScan.Checked checked) {
            ChainCheck.Break broken = checked.chain().firstBreak();
            return new TenantChain(checked.tenantId(), checked.chain().rows(), checked.chain().head().hash().hex(),
                    broken == null, broken == null
                            ? null
                            : new FirstBreak(broken.seq(), broken.reason().name().toLowerCase(Locale.ROOT)));
        }
    }

    /**
     * The first row of a chain that is wrong.
     *
     * @param reason {@code row_missing}, {@code link_broken}, {@code row_changed}, {@code end_wrong} (the end noted
     *            beside the chain) or {@code head_missing} (an end noted outside of the database)
     */
    public record FirstBreak(long seq,
            @Schema(enumeration = {"row_missing", "link_broken", "row_changed", "end_wrong",
                    "head_missing"}) String reason){}
}
