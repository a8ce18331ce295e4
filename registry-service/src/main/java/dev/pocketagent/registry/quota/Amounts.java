package dev.pocketagent.registry.quota;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.ToIntFunction;

import org.eclipse.microprofile.openapi.annotations.media.Schema;

import io.quarkus.runtime.annotations.RegisterForReflection;

/**
 * How much of each resource. Never negative, and never so much that a sum leaves the integers.
 *
 * @param cpuMillis thousandths of a core
 */
@RegisterForReflection
@Schema(name = "Amounts", examples = """
        {"stacks":1,"cpuMillis":1000,"memoryMib":2048,"diskMib":10240,"volumes":2,"keys":0,"sources":0}""")
public record Amounts(int stacks, int cpuMillis, int memoryMib, int diskMib, int volumes, int keys, int sources) {

    /** The most of one resource in one claim; also the highest limit that a plan can have. */
    public static final int MOST = 1_000_000_000;

    /** Nothing of anything. */
    public static final Amounts NONE = new Amounts(0, 0, 0, 0, 0, 0, 0);

    public Amounts {
        for (int amount : new int[]{stacks, cpuMillis, memoryMib, diskMib, volumes, keys, sources}) {
            if (amount < 0 || amount > MOST) {
                throw new IllegalArgumentException("An amount must be from 0 to " + MOST + ", not " + amount);
            }
        }
    }

    /** The amounts that a function tells of each resource. */
    public static Amounts each(ToIntFunction<Resource> amount) {
        return new Amounts(amount.applyAsInt(Resource.STACKS), amount.applyAsInt(Resource.CPU_MILLIS),
                amount.applyAsInt(Resource.MEMORY_MIB), amount.applyAsInt(Resource.DISK_MIB),
                amount.applyAsInt(Resource.VOLUMES), amount.applyAsInt(Resource.KEYS),
                amount.applyAsInt(Resource.SOURCES));
    }

    /** So much of one resource and nothing of the others. */
    public static Amounts only(Resource resource, int amount) {
        return each(other -> other == resource ? amount : 0);
    }

    /** How much of this resource. */
    public int of(Resource resource) {
        return switch (resource) {
            case STACKS -> stacks;
            case CPU_MILLIS -> cpuMillis;
            case MEMORY_MIB -> memoryMib;
            case DISK_MIB -> diskMib;
            case VOLUMES -> volumes;
            case KEYS -> keys;
            case SOURCES -> sources;
        };
    }

    /** Whether it is nothing at all. */
    public boolean none() {
        return equals(NONE);
    }

    /** Both together. */
    public Amounts plus(Amounts other) {
        return each(resource -> of(resource) + other.of(resource));
    }

    /** What this needs where it needs more than the other. */
    public Amounts beyond(Amounts other) {
        return each(resource -> Math.max(0, of(resource) - other.of(resource)));
    }

    /** What there is something of, by its name in the API. */
    public Map<String, Integer> named() {
        Map<String, Integer> named = new LinkedHashMap<>();
        for (Resource resource : Resource.values()) {
            if (of(resource) > 0) {
                named.put(resource.text(), of(resource));
            }
        }
        return named;
    }
}
