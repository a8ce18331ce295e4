package dev.pocketagent.registry.reservation;

import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;

import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

import dev.pocketagent.registry.quota.Amounts;

/** Amounts as a request names them; what is left out is 0. */
@Schema(name = "WantedAmounts", examples = "{\"stacks\":1,\"cpuMillis\":1000,\"memoryMib\":2048,\"diskMib\":10240}")
public record WantedAmounts(
        @Nullable @Min(value = 0, message = RANGE) @Max(value = Amounts.MOST, message = RANGE) Integer stacks,
        @Nullable @Min(value = 0, message = RANGE) @Max(value = Amounts.MOST, message = RANGE) Integer cpuMillis,
        @Nullable @Min(value = 0, message = RANGE) @Max(value = Amounts.MOST, message = RANGE) Integer memoryMib,
        @Nullable @Min(value = 0, message = RANGE) @Max(value = Amounts.MOST, message = RANGE) Integer diskMib,
        @Nullable @Min(value = 0, message = RANGE) @Max(value = Amounts.MOST, message = RANGE) Integer volumes,
        @Nullable @Min(value = 0, message = RANGE) @Max(value = Amounts.MOST, message = RANGE) Integer keys,
        @Nullable @Min(value = 0, message = RANGE) @Max(value = Amounts.MOST, message = RANGE) Integer sources) {

    private static final String RANGE = "must be from 0 to 1000000000";

    Amounts amounts() {
        return new Amounts(or0(stacks), or0(cpuMillis), or0(memoryMib), or0(diskMib), or0(volumes), or0(keys),
                or0(sources));
    }

    private static int or0(@Nullable Integer amount) {
        return amount == null ? 0 : amount;
    }
}
