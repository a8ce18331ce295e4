package dev.pocketagent.provisioner.engine;

import java.net.Inet4Address;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

import dev.pocketagent.provisioner.backend.BackendException;
import dev.pocketagent.provisioner.backend.BackendException.Kind;
import dev.pocketagent.provisioner.backend.Labels;
import dev.pocketagent.provisioner.backend.StackSpec;
import dev.pocketagent.provisioner.engine.api.EngineClient;
import dev.pocketagent.provisioner.engine.api.NetworkInfo;
import dev.pocketagent.provisioner.engine.api.Outcomes.NetworkCreation;
import dev.pocketagent.provisioner.engine.api.Outcomes.Removal;
import dev.pocketagent.provisioner.engine.http.EngineException;

/** Makes and removes the networks of stacks, each with a subnet of its own that nobody on the host has. */
final class StackNetworks {

    /** Somebody else's subnets turn up between our look and the creation; that often in a row is no coincidence any more. */
    private static final int SUBNET_TRIES = 32;

    private final SubnetPool subnets;
    private final ReentrantLock lock = new ReentrantLock();

    StackNetworks(SubnetPool subnets) {
        this.subnets = subnets;
    }

    /** @throws BackendException of kind REFUSED when no subnet is left, CONFLICT when name or subnets are somebody else's */
    void create(Turn turn, String part) throws BackendException, EngineException {
        StackSpec.Network network = turn.stack().networks().get(part);
        if (network == null) {
            throw new BackendException(Kind.FAILED, "The stack has no network " + part + ".");
        }
        // Two networks at once would both see the same subnet as free. Another process may still: then the engine refuses the second.
        lock.lock();
        try {
            Optional<NetworkInfo> present = turn.client().networks().find(network.engineName());
            if (present.isPresent()) {
                turn.requireOurs(present.get().labels(), part, "network " + network.engineName());
            } else {
                createAbsent(turn, network);
            }
        } finally {
            lock.unlock();
        }
    }

    private void createAbsent(Turn turn, StackSpec.Network network) throws BackendException, EngineException {
        List<Cidr> taken = taken(turn.client());
        for (int i = 0; i < SUBNET_TRIES; i++) {
            Cidr subnet = subnets.free(taken).orElseThrow(() -> new BackendException(Kind.REFUSED, "All subnets of "
                    + subnets
                    + " are taken. Delete stacks, or give pocket.provisioner.engine.subnet-pool a larger block."));
            turn.proceed();
            switch (turn.client().networks().create(network.engineName(), subnet.toString(), network.internal(),
                    turn.labels(network.labels()))) {
                case NetworkCreation.Created created -> {
                    removeDoubles(turn, network.engineName());
                    turn.note("network " + network.engineName() + " has " + subnet);
                    return;
                }
                case NetworkCreation.SubnetTaken other -> taken.add(subnet);
                case NetworkCreation.NameTaken other -> {
                    Map<String, String> labels = turn.client().networks().find(network.engineName())
                            .map(NetworkInfo::labels).orElse(Map.of());
                    turn.requireOurs(labels, network.name(), "network " + network.engineName());
                    return;
                }
            }
        }
        throw new BackendException(Kind.CONFLICT, "The engine refuses one subnet of " + subnets
                + " after the other as used by this host. "
                + "Give pocket.provisioner.engine.subnet-pool a block that no interface, VPN or other network of the host has.");
    }

    /**
     * Docker checks a network's name before it makes it, not while: two workers at once get two of one name, and nobody can use either by its
     * name again. Both keep the one with the lowest id.
     */
    private static void removeDoubles(Turn turn, String engineName) throws EngineException {
        if (turn.client().version().podman()) {
            return;
        }
        List<String> ids = turn.client().networks().withLabel(Labels.STACK, turn.stack().id().stackId().toString())
                .stream().filter(network -> network.name().equals(engineName)).map(NetworkInfo::id).sorted().toList();
        for (String id : ids.subList(Math.min(1, ids.size()), ids.size())) {
            turn.client().networks().remove(id);
        }
    }

    /** What the engine's networks and the host's interfaces have. */
    private static List<Cidr> taken(EngineClient client) throws EngineException {
        List<Cidr> taken = new ArrayList<>();
        for (NetworkInfo network : client.networks().all()) {
            network.subnets().forEach(subnet -> Cidr.parse(subnet).ifPresent(taken::add));
        }
        try {
            for (NetworkInterface host : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                for (InterfaceAddress address : host.getInterfaceAddresses()) {
                    if (address.getAddress() instanceof Inet4Address ip4) {
                        Cidr.parse(ip4.getHostAddress() + "/" + address.getNetworkPrefixLength()).ifPresent(taken::add);
                    }
                }
            }
        } catch (SocketException e) {
            // The engine looks at the host's interfaces again.
            return taken;
        }
        return taken;
    }

    /** Gone already is fine. */
    void remove(Turn turn, String engineName) throws BackendException, EngineException {
        Optional<NetworkInfo> network = turn.client().networks().find(engineName);
        if (network.isEmpty()) {
            return;
        }
        turn.requireOurs(network.get().labels(), null, "network " + engineName);
        turn.proceed();
        if (turn.client().networks().remove(engineName) instanceof Removal.InUse inUse) {
            throw new BackendException(Kind.CONFLICT,
                    "The network " + engineName + " is still in use: " + inUse.detail());
        }
    }
}
