using Gloss.Torch;

namespace Gloss.Models.Bert;

/// <summary>
/// What a decoder keeps between the steps of a generation: keys and values of the text so far and of the context.
/// </summary>
public sealed class DecoderCache : IDisposable
{
    private readonly KeysValues?[] self;
    private readonly KeysValues?[] context;

    /// <summary>
    /// A cache for sequences that look at <paramref name="context"/> (B, Tk, encoder width), or at nothing.
    /// </summary>
    public DecoderCache(BertModel model, Tensor? context)
    {
        self = new KeysValues?[model.Layers.Count];
        this.context = new KeysValues?[model.Layers.Count];
        if (context is null)
            return;
        for (var i = 0; i < self.Length; i++)
            this.context[i] = model.Layers[i].ProjectContext(context).Detach();
    }

    /// <summary>Tokens held.</summary>
    public long Length { get; internal set; }

    /// <summary>Keys and values of the context for one layer.</summary>
    internal KeysValues? Context(int layer) => context[layer];

    /// <summary>Puts new keys and values behind those of a layer, and returns all.</summary>
    internal KeysValues Extend(int layer, KeysValues next)
    {
        var before = self[layer];
        var all = (before is null ? next : before.Append(next)).Detach();
        before?.Dispose();
        return self[layer] = all;
    }

    /// <summary>Keeps the rows <paramref name="rows"/> (int64) of the text, in that order.</summary>
    public void Reorder(Tensor rows)
    {
        for (var i = 0; i < self.Length; i++)
        {
            if (self[i] is not { } old)
                continue;
            self[i] = old.Reorder(rows).Detach();
            old.Dispose();
        }
    }

    /// <summary>Keeps the rows <paramref name="rows"/> (int64) of the context: when some pictures are done.</summary>
    public void ReorderContext(Tensor rows)
    {
        for (var i = 0; i < context.Length; i++)
        {
            if (context[i] is not { } old)
                continue;
            context[i] = old.Reorder(rows).Detach();
            old.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var item in self)
            item?.Dispose();
        foreach (var item in context)
            item?.Dispose();
    }
}
