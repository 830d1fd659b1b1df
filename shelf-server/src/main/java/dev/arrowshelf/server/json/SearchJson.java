package dev.arrowshelf.server.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.arrowshelf.vector.model.SearchFacts;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/// How a search went, as a JSON object; field names are part of the protocol.
public final class SearchJson {
    private static final JsonFactory FACTORY = new JsonFactory();

    private SearchJson() {}

    /// Returns the facts about a search.
    public static String of(SearchFacts facts) {
        return of(facts, -1, 0);
    }

    /// Returns the facts, and how many queries have how many places each.
    public static String of(SearchFacts facts, int queries, int k) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = FACTORY.createGenerator(text)) {
            json.writeStartObject();
            if (queries >= 0) {
                json.writeNumberField("queries", queries);
                json.writeNumberField("k", k);
            }
            json.writeStringField("index", facts.index().text());
            json.writeStringField("reason", facts.reason());
            json.writeNumberField("generation", facts.generation());
            json.writeNumberField("searched_rows", facts.searchedRows());
            json.writeNumberField("skipped_rows", facts.skippedRows());
            json.writeNumberField("skipped_queries", facts.skippedQueries());
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return text.toString();
    }
}
