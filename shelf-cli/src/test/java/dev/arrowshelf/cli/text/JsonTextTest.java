package dev.arrowshelf.cli.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class JsonTextTest {
    @Test
    void writesNestedValuesWithCommas() {
        JsonText json =
                new JsonText().beginObject().field("a", 1).field("b", "x").name("c").beginArray();
        json.value(1.5)
                .value(true)
                .nullValue()
                .beginObject()
                .endObject()
                .beginArray()
                .endArray()
                .endArray();
        json.field("d", -2).endObject();
        assertThat(json.toString())
                .isEqualTo("{\"a\":1,\"b\":\"x\",\"c\":[1.5,true,null,{},[]],\"d\":-2}");
    }

    @Test
    void escapesQuotesControlsAndLoneSurrogates() {
        assertThat(new JsonText().value("\"\\\n\u0000\u007f").toString())
                .isEqualTo("\"\\\"\\\\\\u000a\\u0000\\u007f\"");
        assertThat(new JsonText().value("🚀").toString()).isEqualTo("\"🚀\"");
        assertThat(new JsonText().value("\ud83d!").toString()).isEqualTo("\"\\ud83d!\"");
        assertThat(new JsonText().value("!\ude80").toString()).isEqualTo("\"!\\ude80\"");
    }

    @Test
    void saysNullForNumbersThatJsonLacks() {
        assertThat(
                        new JsonText()
                                .beginArray()
                                .value(Double.NaN)
                                .value(Double.NEGATIVE_INFINITY)
                                .endArray()
                                .toString())
                .isEqualTo("[null,null]");
    }

    @Test
    void aPlainTextStandsWithoutQuotesUnlessItIsNested() {
        assertThat(JsonText.plain().value("a b").toString()).isEqualTo("a b");
        assertThat(JsonText.plain().beginArray().value("a b").endArray().toString())
                .isEqualTo("[\"a b\"]");
    }
}
