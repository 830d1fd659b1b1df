package dev.arrowshelf.cli.text;

/// Writes JSON into a string, on one line. Commas are its own care; balance of begin and end is the
/// caller's. For one thread.
public final class JsonText {
    private final StringBuilder json = new StringBuilder();
    private final boolean plain;
    private boolean first = true;
    private int depth;

    /// Begins an empty text.
    public JsonText() {
        this(false);
    }

    private JsonText(boolean plain) {
        this.plain = plain;
    }

    /// Begins a text for people: a text value that stands alone is written as it is, without
    /// quotes.
    public static JsonText plain() {
        return new JsonText(true);
    }

    /// Begins an object, as a value.
    public JsonText beginObject() {
        return begin('{');
    }

    /// Ends an object.
    public JsonText endObject() {
        return end('}');
    }

    /// Begins an array, as a value.
    public JsonText beginArray() {
        return begin('[');
    }

    /// Ends an array.
    public JsonText endArray() {
        return end(']');
    }

    /// Writes the name of the field whose value follows.
    public JsonText name(String name) {
        separate();
        quote(name);
        json.append(':');
        first = true;
        return this;
    }

    /// Writes a text value.
    public JsonText value(String text) {
        separate();
        if (plain && depth == 0) {
            json.append(text);
        } else {
            quote(text);
        }
        return this;
    }

    /// Writes a whole number.
    public JsonText value(long number) {
        return raw(Long.toString(number));
    }

    /// Writes a number; what JSON cannot say (NaN, infinities) becomes null.
    public JsonText value(double number) {
        return raw(Double.isFinite(number) ? Double.toString(number) : "null");
    }

    /// Writes true or false.
    public JsonText value(boolean truth) {
        return raw(Boolean.toString(truth));
    }

    /// Writes null.
    public JsonText nullValue() {
        return raw("null");
    }

    /// Writes a value that is JSON already.
    public JsonText raw(String value) {
        separate();
        json.append(value);
        return this;
    }

    /// Writes a field with a text value.
    public JsonText field(String name, String text) {
        return name(name).value(text);
    }

    /// Writes a field with a whole number.
    public JsonText field(String name, long number) {
        return name(name).value(number);
    }

    @Override
    public String toString() {
        return json.toString();
    }

    private JsonText begin(char bracket) {
        separate();
        json.append(bracket);
        depth++;
        first = true;
        return this;
    }

    private JsonText end(char bracket) {
        json.append(bracket);
        depth--;
        first = false;
        return this;
    }

    private void separate() {
        if (!first) {
            json.append(',');
        }
        first = false;
    }

    private void quote(String text) {
        json.append('"');
        for (int index = 0; index < text.length(); index++) {
            char character = text.charAt(index);
            if (character == '"' || character == '\\') {
                json.append('\\').append(character);
            } else if (character < 0x20
                    || character == 0x7F
                    || (Character.isSurrogate(character) && isAlone(text, index))) {
                String digits = Integer.toHexString(character);
                json.append("\\u").repeat('0', 4 - digits.length()).append(digits);
            } else {
                json.append(character);
            }
        }
        json.append('"');
    }

    private static boolean isAlone(String text, int index) {
        char character = text.charAt(index);
        if (Character.isHighSurrogate(character)) {
            return index + 1 == text.length() || !Character.isLowSurrogate(text.charAt(index + 1));
        }
        return index == 0 || !Character.isHighSurrogate(text.charAt(index - 1));
    }
}
