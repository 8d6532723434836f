using System.Buffers;
using System.Text;
using Gloss.Torch;

namespace Gloss.Text;

/// <summary>
/// BERT's uncased WordPiece tokenizer: words are cut as <c>bert-base-uncased</c> cuts them, and each word is covered
/// from the left by the longest pieces of the vocabulary ("##" marks a piece inside a word); a word that cannot be
/// covered is [UNK].
/// </summary>
/// <remarks>
/// After Devlin et al., "BERT" (NAACL 2019), https://arxiv.org/abs/1810.04805; ids and decoded texts equal those of
/// huggingface/transformers v4.25.1, <c>BertTokenizer.from_pretrained</c>. Special tokens in a text are recognised, in
/// their exact spelling, also when glued to other characters. Immutable and safe to share between threads.
/// </remarks>
public sealed class WordPieceTokenizer
{
    /// <summary>The largest number of tokens a vocabulary may have.</summary>
    public const int MaximumVocabularySize = 4_000_000;

    /// <summary>The largest length of a token, in chars.</summary>
    public const int MaximumTokenLength = 1000;

    private const string ContinuationPrefix = "##";
    internal static readonly string[] RequiredTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    private readonly string[] tokens;
    private readonly int baseCount;
    private readonly Dictionary<string, int> ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> wholes;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> continuations;
    private readonly int longestWhole;
    private readonly int longestContinuation;
    private readonly string[] specialTokens;
    private readonly SearchValues<string> specialSearch;
    private readonly HashSet<int> specialIds;

    /// <summary>Makes a tokenizer of a vocabulary in the order of its ids.</summary>
    /// <param name="vocabulary">The tokens; [PAD], [UNK], [CLS], [SEP] and [MASK] stand anywhere among them.</param>
    /// <param name="addedTokens">
    /// More special tokens, such as [DEC] and [ENC]; one that the vocabulary lacks gets the next id after it.
    /// </param>
    /// <exception cref="VocabularyException">A missing, empty, doubled or overlong token, with its line.</exception>
    public WordPieceTokenizer(IEnumerable<string> vocabulary, IReadOnlyList<string>? addedTokens = null)
        : this(vocabulary, addedTokens, "vocabulary")
    {
    }

    private WordPieceTokenizer(IEnumerable<string> vocabulary, IReadOnlyList<string>? addedTokens, string source)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var inside = new Dictionary<string, int>(StringComparer.Ordinal);
        var list = new List<string>();
        foreach (var token in vocabulary)
        {
            Add(list, token, source);
            if (token.StartsWith(ContinuationPrefix, StringComparison.Ordinal))
                inside[token[ContinuationPrefix.Length..]] = list.Count - 1;
        }
        baseCount = list.Count;
        var missing = RequiredTokens.Where(t => !ids.ContainsKey(t)).ToArray();
        if (missing.Length > 0)
        {
            throw new VocabularyException($"cannot use a WordPiece vocabulary: {source}: " +
                $"{baseCount} tokens without {string.Join(", ", missing)} · " +
                "hint: give the vocab.txt of an uncased BERT model, one token a line");
        }
        foreach (var token in addedTokens ?? [])
        {
            if (!ids.ContainsKey(token ?? ""))
                Add(list, token, "added tokens");
        }
        tokens = [.. list];
        wholes = ids.GetAlternateLookup<ReadOnlySpan<char>>();
        continuations = inside.GetAlternateLookup<ReadOnlySpan<char>>();
        longestWhole = ids.Keys.Max(k => k.Length);
        longestContinuation = inside.Count == 0 ? 0 : inside.Keys.Max(k => k.Length);
        // Longest first, so that the first that fits is the longest.
        specialTokens = [.. RequiredTokens.Concat(addedTokens ?? []).Distinct().OrderByDescending(t => t.Length)];
        specialSearch = SearchValues.Create(specialTokens, StringComparison.Ordinal);
        specialIds = [.. specialTokens.Select(t => ids[t])];
        (PadId, UnkId, ClsId, SepId, MaskId) =
            (ids["[PAD]"], ids["[UNK]"], ids["[CLS]"], ids["[SEP]"], ids["[MASK]"]);
    }

    /// <summary>The number of ids: the vocabulary and the added tokens.</summary>
    public int VocabularySize => tokens.Length;

    /// <summary>The id of [PAD], which fills a batch.</summary>
    public int PadId { get; }

    /// <summary>The id of [UNK], which stands for a word the vocabulary cannot spell.</summary>
    public int UnkId { get; }

    /// <summary>The id of [CLS], which begins a text.</summary>
    public int ClsId { get; }

    /// <summary>The id of [SEP], which ends a text.</summary>
    public int SepId { get; }

    /// <summary>The id of [MASK].</summary>
    public int MaskId { get; }

    /// <summary>Reads <c>vocab.txt</c>: UTF-8, one token a line, the id is the line counted from 0.</summary>
    /// <exception cref="VocabularyException">A fault in the file, with its line.</exception>
    public static WordPieceTokenizer Load(string vocabPath, IReadOnlyList<string>? addedTokens = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(vocabPath);
        using var reader = new StreamReader(vocabPath, new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            return new WordPieceTokenizer(Lines(reader), addedTokens, vocabPath);
        }
        catch (DecoderFallbackException e)
        {
            throw new VocabularyException($"cannot use a WordPiece vocabulary: {vocabPath}: not UTF-8 · " +
                "hint: give the vocab.txt of an uncased BERT model", e);
        }
    }

    /// <summary>Reads the form of <c>vocab.txt</c> from <paramref name="reader"/>, which is not disposed.</summary>
    /// <exception cref="VocabularyException">A fault in the text, with its line.</exception>
    public static WordPieceTokenizer Load(TextReader reader, IReadOnlyList<string>? addedTokens = null)
    {
        ArgumentNullException.ThrowIfNull(reader);
        return new WordPieceTokenizer(Lines(reader), addedTokens, "vocabulary");
    }

    /// <summary>
    /// Writes all tokens, added ones at the end, one a line, atomically; loading the file gives the same ids.
    /// </summary>
    public void Save(string vocabPath)
    {
        ArgumentException.ThrowIfNullOrEmpty(vocabPath);
        AtomicFile.WriteLines(vocabPath, tokens);
    }

    /// <summary>The token of <paramref name="id"/>.</summary>
    public string TokenOf(int id)
    {
        if ((uint)id >= (uint)tokens.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(id), id, $"cannot look up a token: expected an id below " +
                $"{tokens.Length}, got {id} · hint: the ids come from another vocabulary");
        }
        return tokens[id];
    }

    /// <summary>The id of <paramref name="token"/> in its exact spelling, or null when it is not in the vocabulary.
    /// </summary>
    public int? IdOf(string token) => ids.TryGetValue(token, out var id) ? id : null;

    /// <summary>Whether <paramref name="id"/> is [PAD], [UNK], [CLS], [SEP], [MASK] or an added token.</summary>
    public bool IsSpecial(int id) => specialIds.Contains(id);

    /// <summary>The ids of a text, without [CLS] and [SEP].</summary>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var result = new IdList(stackalloc int[256]);
        try
        {
            Encode(text, ref result);
            return result.Ids.ToArray();
        }
        finally
        {
            result.Dispose();
        }
    }

    /// <summary>The ids of a text between [CLS] and [SEP], cut so that all are at most
    /// <paramref name="maxLength"/> (2 or more; null does not cut).</summary>
    public int[] EncodeWithSpecials(string text, int? maxLength = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (maxLength is { } limit)
            ArgumentOutOfRangeException.ThrowIfLessThan(limit, 2, nameof(maxLength));
        var result = new IdList(stackalloc int[256]);
        try
        {
            result.Add(ClsId);
            Encode(text, ref result);
            if (result.Count >= maxLength)
                result.Truncate(maxLength.Value - 1);
            result.Add(SepId);
            return result.Ids.ToArray();
        }
        finally
        {
            result.Dispose();
        }
    }

    /// <summary>
    /// The text of ids: pieces joined, the spaces that English does without removed (before <c>. ? ! , n't 's</c> …).
    /// </summary>
    /// <param name="ids">Ids of this vocabulary.</param>
    /// <param name="skipSpecialTokens">Leaves out [CLS], [SEP], [PAD], [UNK], [MASK] and added tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id outside the vocabulary.</exception>
    public string Decode(ReadOnlySpan<int> ids, bool skipSpecialTokens = false)
    {
        var all = new StringBuilder();
        var run = new StringBuilder();
        foreach (var id in ids)
        {
            var token = TokenOf(id);
            if (skipSpecialTokens && specialIds.Contains(id))
                continue;
            // Tokens added to the vocabulary stand for themselves: no piece joins them.
            if (id >= baseCount)
            {
                EndRun();
                AppendPart(token);
            }
            else if (run.Length > 0 && token.StartsWith(ContinuationPrefix, StringComparison.Ordinal))
            {
                run.Append(token, ContinuationPrefix.Length, token.Length - ContinuationPrefix.Length);
            }
            else
            {
                run.Append(run.Length > 0 ? " " : "").Append(token);
            }
        }
        EndRun();
        return CleanUpSpaces(all).ToString();

        void AppendPart(string part) => all.Append(all.Length > 0 ? " " : "").Append(part);

        void EndRun()
        {
            if (run.Length == 0)
                return;
            AppendPart(run.ToString().Trim());
            run.Clear();
        }
    }

    // clean_up_tokenization of transformers: in this order, each over the whole text.
    private static StringBuilder CleanUpSpaces(StringBuilder text) => text
        .Replace(" .", ".").Replace(" ?", "?").Replace(" !", "!").Replace(" ,", ",").Replace(" ' ", "'")
        .Replace(" n't", "n't").Replace(" 'm", "'m").Replace(" 's", "'s").Replace(" 've", "'ve").Replace(" 're", "'re");

    private static IEnumerable<string> Lines(TextReader reader)
    {
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    private void Add(List<string> list, string? token, string source)
    {
        var fault = list.Count == MaximumVocabularySize ? $"more than {MaximumVocabularySize} tokens"
            : string.IsNullOrEmpty(token) ? "expected a token, got an empty line"
            : token.Length > MaximumTokenLength
                ? $"expected a token of at most {MaximumTokenLength} chars, got {token.Length}"
            : !ids.TryAdd(token, list.Count) ? $"the token '{token}' stands already in line {ids[token] + 1}"
            : null;
        if (fault is not null)
        {
            throw new VocabularyException($"cannot use a WordPiece vocabulary: {source}: line {list.Count + 1}: " +
                $"{fault} · hint: give the vocab.txt of an uncased BERT model, one token a line");
        }
        list.Add(token!);
    }

    private void Encode(scoped ReadOnlySpan<char> text, ref IdList result)
    {
        Span<char> buffer = stackalloc char[BertWords.BufferLength];
        while (true)
        {
            var at = text.IndexOfAny(specialSearch);
            var words = new BertWords(at < 0 ? text : text[..at], buffer);
            while (words.MoveNext())
            {
                if (words.IsTooLong)
                    result.Add(UnkId);
                else
                    EncodeWord(words.Word, ref result);
            }
            if (at < 0)
                return;
            foreach (var special in specialTokens)
            {
                if (text[at..].StartsWith(special, StringComparison.Ordinal))
                {
                    result.Add(ids[special]);
                    text = text[(at + special.Length)..];
                    break;
                }
            }
        }
    }

    private void EncodeWord(scoped ReadOnlySpan<char> word, ref IdList result)
    {
        var before = result.Count;
        var (lookup, longest) = (wholes, longestWhole);
        for (var start = 0; start < word.Length;)
        {
            var length = Math.Min(word.Length - start, longest);
            int id;
            while (!lookup.TryGetValue(word.Slice(start, length), out id))
            {
                if (--length <= 0)
                {
                    result.Truncate(before);
                    result.Add(UnkId);
                    return;
                }
            }
            result.Add(id);
            start += length;
            (lookup, longest) = (continuations, longestContinuation);
        }
    }

    /// <summary>Ids that begin on the stack and move to a rented array when they are many.</summary>
    private ref struct IdList(Span<int> initial)
    {
        private Span<int> space = initial;
        private int[]? rented;

        public int Count { get; private set; }

        public readonly ReadOnlySpan<int> Ids => space[..Count];

        public void Add(int id)
        {
            if (Count == space.Length)
                Grow();
            space[Count++] = id;
        }

        public void Truncate(int count) => Count = Math.Min(Count, count);

        public void Dispose()
        {
            if (rented is not null)
                ArrayPool<int>.Shared.Return(rented);
            rented = null;
        }

        private void Grow()
        {
            var larger = ArrayPool<int>.Shared.Rent(space.Length * 2);
            space.CopyTo(larger);
            if (rented is not null)
                ArrayPool<int>.Shared.Return(rented);
            space = rented = larger;
        }
    }
}
