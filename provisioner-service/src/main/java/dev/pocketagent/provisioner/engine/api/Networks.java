package dev.pocketagent.provisioner.engine.api;

import static dev.pocketagent.provisioner.engine.api.Calls.labelled;
import static dev.pocketagent.provisioner.engine.api.Calls.path;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.provisioner.engine.api.Outcomes.NetworkCreation;
import dev.pocketagent.provisioner.engine.api.Outcomes.Removal;
import dev.pocketagent.provisioner.engine.http.EngineException;

/** The networks of an engine. All of ours are bridges with one subnet. */
public final class Networks {

    private final Calls calls;

    Networks(Calls calls) {
        this.calls = calls;
    }

    /**
     * Makes a bridge network.
     *
     * @param subnet in CIDR notation
     * @param internal without a way out of the host
     */
    public NetworkCreation create(String name, String subnet, boolean internal, Map<String, String> labels)
            throws EngineException {
        ObjectNode body = Calls.object();
        body.put("Name", name).put("Driver", "bridge").put("Internal", internal).put("CheckDuplicate", true);
        body.putObject("IPAM").putArray("Config").addObject().put("Subnet", subnet);
        Calls.labels(body, labels);
        Answer answer = calls.post("network.create", "/networks/create", body, Calls.QUICK);
        String message = answer.message();
        if (answer.status() == 409
                || answer.status() == 500 && message.contains("already used: network already exists")) {
            return new NetworkCreation.NameTaken(message);
        }
        // Docker: 403 "Pool overlaps with other one on this address space"; Podman: 500 "subnet ... is already used on the host".
        if (answer.status() >= 400 && (message.contains("overlaps") || message.contains("is already used on the host")
                || message.contains("already being used by a network"))) {
            return new NetworkCreation.SubnetTaken(message);
        }
        return new NetworkCreation.Created(answer.id());
    }

    public Optional<NetworkInfo> find(String name) throws EngineException {
        Answer answer = calls.get("network.inspect", "/networks/" + path(name));
        return answer.absent() ? Optional.empty() : Optional.of(NetworkInfo.of(answer.json()));
    }

    public List<NetworkInfo> all() throws EngineException {
        return calls.get("network.list", "/networks").items(NetworkInfo::of);
    }

    public List<NetworkInfo> withLabel(String label, String value) throws EngineException {
        return calls.get("network.list", "/networks?" + labelled(label, value)).items(NetworkInfo::of);
    }

    /** Joins a container to one more network. Already joined is fine. */
    public void connect(String network, String container, List<String> aliases) throws EngineException {
        ObjectNode body = Calls.object();
        body.put("Container", container);
        ArrayNode names = body.putObject("EndpointConfig").putArray("Aliases");
        aliases.forEach(names::add);
        calls.post("network.connect", "/networks/" + path(network) + "/connect", body, Calls.QUICK).orThrow();
    }

    public Removal remove(String name) throws EngineException {
        return calls.delete("network.remove", "/networks/" + path(name), Calls.QUICK).removal();
    }
}
