package dev.pocketagent.registry.pocketbase;

import java.util.UUID;

/** A change of a tenant. There is none that deletes. */
sealed interface Action {

    /** Makes the record's tenant; suspended at once when the record says so. */
    record Create(String slug, String name, String plan, boolean suspended) implements Action {}

    record Rename(String from, String to) implements Action {}

    /** To the newest version of a plan. */
    record MovePlan(String from, String to) implements Action {}

    record Suspend() implements Action {}

    record Resume() implements Action {}

    /** Remembers that the record stands for a tenant that is there already. */
    record Adopt(UUID tenantId) implements Action {}
}
