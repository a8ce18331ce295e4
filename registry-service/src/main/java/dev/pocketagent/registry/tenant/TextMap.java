package dev.pocketagent.registry.tenant;

import java.util.Map;
import java.util.TreeMap;

import jakarta.persistence.AttributeConverter;
import jakarta.persistence.Converter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;

/** A map of texts as a JSON object in a column of text. */
@Converter
class TextMap implements AttributeConverter<Map<String, String>, String> {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public String convertToDatabaseColumn(Map<String, String> map) {
        try {
            return JSON.writeValueAsString(new TreeMap<>(map));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("A map of texts is always JSON", e);
        }
    }

    @Override
    public Map<String, String> convertToEntityAttribute(String column) {
        return parse(column);
    }

    static Map<String, String> parse(String column) {
        if (column.equals("{}")) {
            return Map.of();
        }
        try {
            return Map.copyOf(JSON.readValue(column, new TypeReference<Map<String, String>>() {
            }));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("The database takes only JSON objects here", e);
        }
    }
}
