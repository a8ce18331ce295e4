package dev.pocketagent.provisioner.engine;

import java.util.Optional;

import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.BackendException.Kind;
import dev.pocketagent.provisioner.backend.ServiceSpec;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.engine.api.ContainerInfo;
import dev.pocketagent.provisioner.engine.api.Outcomes.Removal;
import dev.pocketagent.provisioner.engine.api.VolumeInfo;
import dev.pocketagent.provisioner.engine.http.EngineException;

/** Makes the volumes of stacks, gives them to their services' users, and removes them with all that is in them. */
final class StackVolumes {

    private StackVolumes() {}

    /** @throws BackendException of kind CONFLICT when the name is somebody else's */
    static void create(Turn turn, String part) throws BackendException, EngineException {
        StackSpec.Volume volume = turn.stack().volumes().get(part);
        if (volume == null) {
            throw new BackendException(Kind.FAILED, "The stack has no volume " + part + ".");
        }
        // Creating a volume that exists is no error for an engine: without a look first a stranger's data would be mounted.
        Optional<VolumeInfo> present = turn.client().volumes().find(volume.engineName());
        if (present.isEmpty()) {
            turn.proceed();
            present = Optional.of(turn.client().volumes().create(volume.engineName(), turn.labels(volume.labels())));
        }
        turn.requireOurs(present.get().labels(), part, "volume " + volume.engineName());
    }

    /** Makes the service's user the owner of the volumes that are the service's own. Before the first start. */
    static void handOver(Turn turn, ServiceSpec service, ContainerInfo container)
            throws BackendException, EngineException {
        boolean mounted = !turn.client().version().podman();
        for (ServiceSpec.Mount mount : service.volumes()) {
            if (!Ownership.belongsTo(turn.stack(), mount, service)) {
                continue;
            }
            turn.proceed();
            try {
                if (!mounted) {
                    // Podman copies the image's directory, its owner included, into a fresh volume when it is mounted: it has to be, before.
                    turn.client().containers().init(container.id(), turn.waiting());
                    mounted = true;
                }
                turn.client().containers().unpack(container.id(), mount.path(), Ownership.archive(service.user()));
            } catch (EngineException e) {
                if (e.kind() != EngineException.Kind.REFUSED) {
                    throw e;
                }
                // The image's own directory may have the right owner already; if not, the service says so itself.
                turn.note("the engine would not give " + mount.path() + " to " + service.user() + ": "
                        + e.getMessage());
            }
        }
    }

    /** Gone already is fine. */
    static void remove(Turn turn, String engineName) throws BackendException, EngineException {
        Optional<VolumeInfo> volume = turn.client().volumes().find(engineName);
        if (volume.isEmpty()) {
            return;
        }
        turn.requireOurs(volume.get().labels(), null, "volume " + engineName);
        turn.proceed();
        if (turn.client().volumes().remove(engineName) instanceof Removal.InUse inUse) {
            throw new BackendException(Kind.CONFLICT,
                    "The volume " + engineName + " is still in use: " + inUse.detail());
        }
    }
}
