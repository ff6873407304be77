// The one token that depends on line breaks: the `where` of `row of DATA.COLUMN where EXPR` stands on
// the line of the column. On a later line it starts a condition of the block.

#include "tree_sitter/parser.h"
#include <stdbool.h>
#include <stdint.h>

enum { WHERE_ON_LINE };

static bool is_blank(int32_t c) {
    return c == ' ' || c == '\t' || c == '\r' || c == 0xa0 || c == 0x3000;
}

static bool is_word(int32_t c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool tree_sitter_ansatz_external_scanner_scan(void *payload, TSLexer *lexer, const bool *valid) {
    (void)payload;
    if (!valid[WHERE_ON_LINE]) {
        return false;
    }
    while (is_blank(lexer->lookahead)) {
        lexer->advance(lexer, true);
    }
    for (const char *c = "where"; *c != '\0'; c++) {
        if (lexer->lookahead != *c) {
            return false;
        }
        lexer->advance(lexer, false);
    }
    lexer->result_symbol = WHERE_ON_LINE;
    return !is_word(lexer->lookahead);
}

// It remembers nothing.
void *tree_sitter_ansatz_external_scanner_create(void) { return 0; }
void tree_sitter_ansatz_external_scanner_destroy(void *payload) { (void)payload; }
unsigned tree_sitter_ansatz_external_scanner_serialize(void *payload, char *buffer) {
    (void)payload;
    (void)buffer;
    return 0;
}
void tree_sitter_ansatz_external_scanner_deserialize(void *payload, const char *buffer, unsigned length) {
    (void)payload;
    (void)buffer;
    (void)length;
}
