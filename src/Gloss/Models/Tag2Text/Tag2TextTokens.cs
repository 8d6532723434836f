using Gloss.Models.Generation;
using Gloss.Text;

namespace Gloss.Models.Tag2Text;

/// <summary>
/// How captions and tags become token ids in Tag2Text and in models that caption as it does, and back.
/// </summary>
public sealed class Tag2TextTokens
{
    /// <summary>The token that begins what the decoder writes.</summary>
    public const string Decode = "[DEC]";

    /// <summary>The token that begins the tags.</summary>
    public const string Encode = "[ENC]";

    private readonly WordPieceTokenizer tokenizer;
    private readonly string prompt;
    private readonly int tagTokens;
    private readonly int encodeId;

    /// <summary>Rules of a model over a tokenizer that knows [DEC] and [ENC].</summary>
    public Tag2TextTokens(WordPieceTokenizer tokenizer, Tag2TextConfig config)
        : this(tokenizer, config.Prompt, config.TagTokens, config.VocabularySize)
    {
    }

    /// <summary>Rules of a captioning model over a tokenizer that knows [DEC] and [ENC].</summary>
    public Tag2TextTokens(WordPieceTokenizer tokenizer, ICaptioningModel model)
        : this(tokenizer, model.Prompt, model.TagTokens, model.VocabularySize)
    {
    }

    private Tag2TextTokens(WordPieceTokenizer tokenizer, string prompt, int tagTokens, long vocabularySize)
    {
        this.tokenizer = tokenizer;
        this.prompt = prompt;
        this.tagTokens = tagTokens;
        if (tokenizer.VocabularySize != vocabularySize)
        {
            throw new ArgumentException(
                $"the vocabulary has {tokenizer.VocabularySize} tokens, the model {vocabularySize} · " +
                "hint: is this the vocabulary that belongs to the model?", nameof(tokenizer));
        }
        encodeId = Require(Encode);
        Prompt = new PromptTokens([Require(Decode), .. tokenizer.Encode(prompt)], tokenizer.SepId, tokenizer.PadId);
    }

    /// <summary>What every caption begins with, and how it ends.</summary>
    public PromptTokens Prompt { get; }

    /// <summary>Fills sequences up.</summary>
    public int PaddingId => tokenizer.PadId;

    /// <summary>
    /// A caption for training: [DEC], the prompt, the words, [SEP]; cut to <paramref name="maxLength"/>.
    /// </summary>
    public int[] EncodeCaption(string caption, int maxLength)
    {
        int[] ids = [.. Prompt.Prompt, .. tokenizer.Encode(caption), Prompt.End];
        return ids.Length <= maxLength ? ids : [.. ids[..(maxLength - 1)], Prompt.End];
    }

    /// <summary>How many of the first tags fit whole into the config's length.</summary>
    public int CountFitting(IReadOnlyList<string> names)
    {
        var whole = tokenizer.EncodeWithSpecials(string.Join(" | ", names));
        var fitting = names.Count;
        while (whole.Length > tagTokens && fitting > 0)
            whole = tokenizer.EncodeWithSpecials(string.Join(" | ", names.Take(--fitting)));
        return fitting;
    }

    /// <summary>
    /// Names of tags, in order: [ENC], the names with " | " between them, [SEP]; cut to the config's length, not
    /// padded.
    /// </summary>
    public int[] EncodeTags(IEnumerable<string> names)
    {
        var ids = tokenizer.EncodeWithSpecials(string.Join(" | ", names), tagTokens);
        ids[0] = encodeId;
        return ids;
    }

    /// <summary>
    /// A text for the alignment branch: [CLS], the words, [SEP]; cut to <paramref name="maxLength"/>.
    /// </summary>
    public int[] EncodeText(string text, int maxLength) => tokenizer.EncodeWithSpecials(text, maxLength);

    /// <summary>
    /// A text's tokens, beginning with [CLS], as image-text matching takes them: beginning with [ENC].
    /// </summary>
    public int[] AsEncoded(int[] ids) => [encodeId, .. ids[1..]];

    /// <summary>The text of generated tokens, without the prompt.</summary>
    public string DecodeCaption(ReadOnlySpan<int> ids)
    {
        var text = tokenizer.Decode(ids, skipSpecialTokens: true);
        return text.Length <= prompt.Length ? "" : text[prompt.Length..];
    }

    private int Require(string token) => tokenizer.IdOf(token)
        ?? throw new ArgumentException(
            $"the vocabulary has no token {token} · hint: load it with {Decode} and {Encode} added");
}
