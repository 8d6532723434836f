using System.Text;
using Gloss.Text.Unicode;

namespace Gloss.Text;

/// <summary>
/// Walks over the words of a text as BERT's uncased basic tokenizer cuts them: lower case by character, category C*
/// dropped, white space, CJK ideographs and punctuation separate, accents (category Mn after canonical
/// decomposition) stripped.
/// </summary>
/// <remarks>
/// After Devlin et al., "BERT" (NAACL 2019), https://arxiv.org/abs/1810.04805, and the behaviour of the published
/// tokenizers (google-research/bert; huggingface/transformers v4.25.1, BertTokenizer). Words come one at a time in a
/// buffer of the caller; an ASCII character costs one table look-up.
/// </remarks>
internal ref struct BertWords
{
    /// <summary>A word of more code points than this is unknown.</summary>
    public const int MaximumWordLength = 100;

    /// <summary>The length of the buffer a caller gives.</summary>
    public const int BufferLength = (2 * MaximumWordLength) + 2;

    private const int Boundary = -1;
    private const byte Dropped = 0, Space = 1, Punctuation = 2;

    // What an ASCII character is, or else the lower-case character that continues a word.
    private static readonly byte[] AsciiTable = [.. Enumerable.Range(0, 128).Select(AsciiEntry)];

    private readonly ReadOnlySpan<char> text;
    private readonly Span<char> buffer;
    private int position;
    private int length;
    private int codePoints;
    private int reorderFrom;
    private PendingCodePoints pending;
    private int pendingHead;
    private int pendingCount;

    /// <summary>Starts before the first word of <paramref name="text"/>.</summary>
    /// <param name="text">The text to cut.</param>
    /// <param name="buffer">Takes the present word; <see cref="BufferLength"/> chars.</param>
    public BertWords(ReadOnlySpan<char> text, Span<char> buffer)
    {
        this.text = text;
        this.buffer = buffer;
    }

    /// <summary>The present word (its beginning where it is too long), valid until the next step.</summary>
    public readonly ReadOnlySpan<char> Word => buffer[..length];

    /// <summary>Whether the present word has more than <see cref="MaximumWordLength"/> code points.</summary>
    public readonly bool IsTooLong => codePoints > MaximumWordLength;

    /// <summary>Goes to the next word; false at the end.</summary>
    public bool MoveNext()
    {
        length = codePoints = reorderFrom = 0;
        while (true)
        {
            if (pendingHead < pendingCount)
            {
                var code = pending[pendingHead];
                var endsWord = code == Boundary || IsPunctuation(code);
                if (endsWord && codePoints > 0)
                    return true;
                pendingHead++;
                if (code == Boundary)
                    continue;
                Append(code);
                if (endsWord)
                    return true;
            }
            else if (position == text.Length)
            {
                return codePoints > 0;
            }
            else if (text[position] is var c && c >= 128)
            {
                TakeNonAscii();
            }
            else
            {
                var entry = AsciiTable[c];
                if (entry <= Punctuation && entry != Dropped && codePoints > 0)
                    return true;
                position++;
                if (entry <= Space)
                    continue;
                if (codePoints++ < MaximumWordLength)
                    buffer[length++] = entry == Punctuation ? c : (char)entry;
                reorderFrom = length;
                if (entry == Punctuation)
                    return true;
            }
        }
    }

    private static byte AsciiEntry(int c) => (char)c switch
    {
        ' ' or '\t' or '\n' or '\r' => Space,
        < ' ' or '\x7F' => Dropped,
        >= 'A' and <= 'Z' => (byte)(c | 0x20),
        >= 'a' and <= 'z' or >= '0' and <= '9' => (byte)c,
        _ => Punctuation,
    };

    // All of ASCII that is neither letter nor digit counts as punctuation, beside category P*.
    private static bool IsPunctuation(int code) =>
        code < 128 ? AsciiTable[code] == Punctuation : UnicodeTables.IsPunctuation(code);

    // The blocks of CJK ideographs of the published code: no kana, no hangul, none newer than extension E.
    private static bool IsIdeograph(int code) =>
        code is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF
            or >= 0x2A700 and <= 0x2B73F or >= 0x2B740 and <= 0x2B81F or >= 0x2B820 and <= 0x2CEAF
            or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;

    private void TakeNonAscii()
    {
        var code = UnicodeTables.CodePointAt(text, position, out var chars);
        position += chars;
        pendingHead = pendingCount = 0;
        // U+0130 alone has a longer full lower-case form, i and U+0307, and the mark is stripped.
        code = code == 0x130 ? 'i' : UnicodeTables.ToLower(code);
        if (code == 0xFFFD || UnicodeTables.IsOther(code))
            return;
        if (UnicodeTables.IsSeparator(code))
        {
            pending[pendingCount++] = Boundary;
            return;
        }
        var isIdeograph = IsIdeograph(code);
        if (isIdeograph)
            pending[pendingCount++] = Boundary;
        Span<int> parts = stackalloc int[4];
        foreach (var part in parts[..UnicodeTables.Decompose(code, parts)])
        {
            if (UnicodeTables.Category(part) != System.Globalization.UnicodeCategory.NonSpacingMark)
                pending[pendingCount++] = part;
            else if (UnicodeTables.CombiningClass(part) == 0)
                reorderFrom = length;
        }
        if (isIdeograph)
            pending[pendingCount++] = Boundary;
    }

    private void Append(int code)
    {
        if (codePoints++ >= MaximumWordLength)
            return;
        Span<char> chars = stackalloc char[2];
        var count = new Rune(code).EncodeToUtf16(chars);
        var at = length;
        if (UnicodeTables.CombiningClass(code) is > 0 and var order)
        {
            // Canonical order: behind the last mark whose class is not greater, never before a starter.
            while (at > reorderFrom)
            {
                var before = at - (char.IsLowSurrogate(buffer[at - 1]) ? 2 : 1);
                if (UnicodeTables.CombiningClass(UnicodeTables.CodePointAt(buffer, before, out _)) <= order)
                    break;
                at = before;
            }
            buffer[at..length].CopyTo(buffer[(at + count)..]);
            length += count;
        }
        else
        {
            length += count;
            reorderFrom = length;
        }
        chars[..count].CopyTo(buffer[at..]);
    }

    [System.Runtime.CompilerServices.InlineArray(8)]
    private struct PendingCodePoints
    {
        private int first;
    }
}
