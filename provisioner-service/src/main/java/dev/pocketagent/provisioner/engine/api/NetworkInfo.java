package dev.pocketagent.provisioner.engine.api;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.databind.JsonNode;

/** @param subnets in CIDR notation, IPv6 ones too */
public record NetworkInfo(String id, String name, Map<String, String> labels, List<String> subnets) {

    public NetworkInfo {
        labels = Map.copyOf(labels);
        subnets = List.copyOf(subnets);
    }

    static NetworkInfo of(JsonNode node) {
        List<String> subnets = new ArrayList<>();
        for (JsonNode config : node.path("IPAM").path("Config")) {
            if (config.hasNonNull("Subnet")) {
                subnets.add(config.path("Subnet").asText());
            }
        }
        return new NetworkInfo(node.path("Id").asText(), node.path("Name").asText(),
                ContainerInfo.labels(node.path("Labels")), subnets);
    }
}
