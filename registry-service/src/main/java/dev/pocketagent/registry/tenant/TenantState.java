package dev.pocketagent.registry.tenant;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Where a tenant is in its life. */
public enum TenantState {
    /** Everything works. */
    ACTIVE,
    /** Keys are refused and stacks stopped; data is kept. */
    SUSPENDED,
    /** In the days of grace before the data goes; keys are refused. */
    DELETING,
    /** The data is gone, and its name; the audit trail stays, without what it told. */
    DELETED;

    /** As it is stored and shown: small letters. */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The state with this text; empty for an unknown one. */
    public static Optional<TenantState> ofText(String text) {
        return Arrays.stream(values()).filter(state -> state.text().equals(text)).findFirst();
    }
}
