package dev.pocketagent.cli.registry;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Values that the services know, for completion in a shell. What is right, is theirs to say. */
final class Candidates {

    private Candidates() {}

    /** Limits of plans, each with its equals sign. */
    static final class LimitNames implements Iterable<String> {

        @Override
        public Iterator<String> iterator() {
            return List.of("backupRetentionDays=", "cpuMillis=", "dailyBackup=", "diskMib=", "keys=", "memoryMib=",
                    "models=", "monthlyBudgetMicros=", "requestsPerMinute=", "sources=", "stacks=", "templates=",
                    "tokensPerMinute=", "volumes=").iterator();
        }
    }

    /** What can be reserved, each with its equals sign. */
    static final class Resources implements Iterable<String> {

        @Override
        public Iterator<String> iterator() {
            return List.of("cpuMillis=", "diskMib=", "keys=", "memoryMib=", "sources=", "stacks=", "volumes=")
                    .iterator();
        }
    }

    /** What a key can be narrowed to. */
    static final class Scopes implements Iterable<String> {

        @Override
        public Iterator<String> iterator() {
            var scopes = new ArrayList<String>();
            for (String service : List.of("provisioner", "registry", "router", "sync")) {
                scopes.addAll(List.of(service + ":*", service + ":read", service + ":write"));
            }
            scopes.addAll(List.of("registry:follow", "registry:reserve", "registry:verify"));
            return scopes.iterator();
        }
    }

    /** What the audit trail calls what is done, and groups of it. Other words than those of events: what was asked for, not what came of it. */
    static final class Actions implements Iterable<String> {

        @Override
        public Iterator<String> iterator() {
            return List.of("audit.*", "audit.export", "audit.heads-exported", "key.*", "key.create", "key.expire",
                    "key.revoke", "key.rotate", "key.update", "plan.*", "plan.create", "pocketbase.*",
                    "pocketbase.link",
                    "pocketbase.sync", "pocketbase.write", "reservation.*", "reservation.confirm",
                    "reservation.expire", "reservation.release", "reservation.replace", "reservation.reserve",
                    "tenant.*", "tenant.create", "tenant.delete", "tenant.export", "tenant.external-id",
                    "tenant.purge", "tenant.resume", "tenant.suspend", "tenant.undelete", "tenant.update",
                    "webhook.*", "webhook.change", "webhook.create", "webhook.delete", "webhook.disable",
                    "webhook.replay", "webhook.rotate-secret").iterator();
        }
    }

    /** Types of events, and groups of them. */
    static final class EventTypes implements Iterable<String> {

        @Override
        public Iterator<String> iterator() {
            return List.of("audit.*", "audit.heads-exported", "key.*", "key.created", "key.expired", "key.revoked",
                    "key.rotated", "key.updated", "plan.*", "plan.created", "tenant.*", "tenant.created",
                    "tenant.deleting",
                    "tenant.purged", "tenant.resumed", "tenant.suspended", "tenant.undeleted", "tenant.updated")
                    .iterator();
        }
    }
}
