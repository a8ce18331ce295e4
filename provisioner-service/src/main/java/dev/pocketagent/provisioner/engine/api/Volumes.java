package dev.pocketagent.provisioner.engine.api;

import static dev.pocketagent.provisioner.engine.api.Calls.labelled;
import static dev.pocketagent.provisioner.engine.api.Calls.path;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import com.fasterxml.jackson.databind.node.ObjectNode;

import dev.pocketagent.provisioner.engine.api.Outcomes.Removal;
import dev.pocketagent.provisioner.engine.http.EngineException;

/** The named volumes of an engine, with its default driver. */
public final class Volumes {

    private final Calls calls;

    Volumes(Calls calls) {
        this.calls = calls;
    }

    /** A volume that exists already stays as it is, with its labels. */
    public VolumeInfo create(String name, Map<String, String> labels) throws EngineException {
        ObjectNode body = Calls.object();
        body.put("Name", name);
        Calls.labels(body, labels);
        return VolumeInfo.of(calls.post("volume.create", "/volumes/create", body, Calls.QUICK).json());
    }

    public Optional<VolumeInfo> find(String name) throws EngineException {
        Answer answer = calls.get("volume.inspect", "/volumes/" + path(name));
        return answer.absent() ? Optional.empty() : Optional.of(VolumeInfo.of(answer.json()));
    }

    public List<VolumeInfo> withLabel(String label, String value) throws EngineException {
        Answer answer = calls.get("volume.list", "/volumes?" + labelled(label, value));
        return Answer.items(answer.json().path("Volumes"), VolumeInfo::of);
    }

    /** Removes the volume and all that is in it. */
    public Removal remove(String name) throws EngineException {
        return calls.delete("volume.remove", "/volumes/" + path(name), Calls.QUICK).removal();
    }
}
