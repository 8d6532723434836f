using Gloss.Inference;
using Gloss.Models.Bert;
using Gloss.Models.Tag2Text;
using Gloss.Text;
using Gloss.Torch;

namespace Gloss.Training.Tag2Text;

/// <summary>Puts the weights of pretrained towers into a new Tag2Text model.</summary>
internal static class Tag2TextStart
{
    private const string TowerLayer = "encoder.layer.";

    /// <summary>All weights, from a file with the model's own names.</summary>
    /// <param name="model">Takes the weights.</param>
    /// <param name="path">The file.</param>
    /// <param name="tags">The tags of the file and the model's, where they are not the same.</param>
    public static void Load(Tag2TextModel model, string path, (TagVocabulary File, TagVocabulary Model)? tags = null)
    {
        using var scope = TensorScope.Begin();
        using var file = SafetensorsFile.Open(path);
        var weights = StoredWeights.ReadAll(file);
        if (tags is { } lists)
        {
            var known = lists.Model.Select(tag => KnownAs(lists.File, tag)).ToArray();
            foreach (var (name, parameter) in model.NamedParameters().Where(p => IsByTag(p.Name)))
            {
                if (weights.TryGetValue(name, out var rows) && rows.Rank == parameter.Value.Rank)
                    weights[name] = RowsByTag(parameter.Value, rows, name, known, lists.File.Count);
            }
        }
        var hasAlignment = weights.Keys.Any(IsAlignment);
        var hasMatching = weights.Keys.Any(IsMatching);
        var hasEvidence = weights.Keys.Any(Tag2TextParts.IsEvidence);
        model.Load(weights, mayMiss: name => (!hasAlignment && IsAlignment(name))
            || (!hasMatching && IsMatching(name)) || (!hasEvidence && Tag2TextParts.IsEvidence(name)));
    }

    /// <summary>Whether a file of a whole model's weights has evidence of classes.</summary>
    public static bool HasEvidence(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Entries.Keys.Any(Tag2TextParts.IsEvidence);
    }

    private static bool IsAlignment(string name) => name.StartsWith("alignment.", StringComparison.Ordinal);

    private static bool IsMatching(string name) => name.StartsWith("alignment.itm_head.", StringComparison.Ordinal);

    /// <summary>
    /// The image encoder's weights, from a file with the encoder's own names; a classifier on top is left out.
    /// </summary>
    public static void LoadImageEncoder(Tag2TextModel model, string path) =>
        LoadImageEncoder(model.VisualEncoder, path);

    /// <inheritdoc cref="LoadImageEncoder(Tag2TextModel, string)"/>
    public static void LoadImageEncoder(Models.ImageEncoder encoder, string path)
    {
        using var scope = TensorScope.Begin();
        using var file = SafetensorsFile.Open(path);
        encoder.Load(StoredWeights.ReadAll(file), mayIgnore: name => name.StartsWith("_fc.", StringComparison.Ordinal));
    }

    /// <summary>
    /// Starts tag encoder and decoder from a BERT tower of the same width: rows of the word table by token, positions
    /// (with the row of token type 0 added, which the tower adds to every token), and layers spread evenly over the
    /// tower's. Cross-attention keeps its random start. The tags' queries become a random projection of the tower's
    /// mean vectors of their names.
    /// </summary>
    /// <param name="model">Takes the weights.</param>
    /// <param name="folder">The tower's folder, with model.safetensors.</param>
    /// <param name="vocabulary">The tower's vocab.txt.</param>
    /// <param name="tokens">The model's tokens.</param>
    /// <param name="tags">The model's tags.</param>
    public static void LoadTextTower(Tag2TextModel model, string folder, string? vocabulary,
        WordPieceTokenizer tokens, TagVocabulary tags)
    {
        var towerTokens = WordPieceTokenizer.Load(vocabulary
            ?? throw new ArgumentException("textTower needs textVocabulary, the vocabulary that belongs to it"));
        LoadTextParts([model.TagEncoder, model.TextDecoder.Bert], folder, towerTokens, tokens);
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        using var tower = SentenceEncoder.Open(folder, towerTokens);
        model.Labels.Value.CopyInPlace(LabelQueries(tower, tags, model.Labels.Value.Size(1)));
    }

    /// <summary>Starts tag encoder and decoder alone, as above; they must be as wide as the tower.</summary>
    public static void LoadTextParts(IReadOnlyList<BertModel> parts, string folder, WordPieceTokenizer towerTokens,
        WordPieceTokenizer tokens)
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        using var file = SafetensorsFile.Open(Path.Combine(folder, "model.safetensors"));
        var tower = file.ReadAll();
        var wordRows = RowsOf(towerTokens, tokens);
        foreach (var bert in parts)
        {
            var words = tower["embeddings.word_embeddings.weight"].IndexSelect(0, wordRows);
            bert.Embeddings.Words.Weight.Value.CopyInPlace(words);
            var positions = tower["embeddings.position_embeddings.weight"].To(ScalarType.Float32)
                + tower["embeddings.token_type_embeddings.weight"].To(ScalarType.Float32).Select(0, 0);
            bert.Embeddings.Positions.Weight.Value.CopyInPlace(positions.Narrow(0, 0, bert.Config.MaxPositions));
            var weights = tower.Where(t => t.Key.StartsWith("embeddings.LayerNorm", StringComparison.Ordinal))
                .ToDictionary(t => t.Key, t => t.Value);
            var towerLayers = tower.Keys.Where(k => k.StartsWith(TowerLayer, StringComparison.Ordinal))
                .Max(k => int.Parse(k[TowerLayer.Length..].Split('.')[0])) + 1;
            for (var layer = 0; layer < bert.Layers.Count; layer++)
            {
                var prefix = $"{TowerLayer}{layer * towerLayers / bert.Layers.Count}.";
                foreach (var (name, tensor) in tower.Where(t => t.Key.StartsWith(prefix, StringComparison.Ordinal)))
                    weights[$"{TowerLayer}{layer}.{name[prefix.Length..]}"] = tensor;
            }
            bert.Load(weights, mayMiss: name => name.Contains("crossattention", StringComparison.Ordinal)
                || name.StartsWith("embeddings.word", StringComparison.Ordinal)
                || name.StartsWith("embeddings.position", StringComparison.Ordinal));
        }
    }

    private static bool IsByTag(string name) => name is "label_embed.weight" or "class_evidence.tags.weight"
        || name.StartsWith("fc.", StringComparison.Ordinal);

    private static long KnownAs(TagVocabulary known, Tag tag)
    {
        foreach (var name in tag.Synonyms.Prepend(tag.Name))
        {
            if (known.TryFind(name, out var found))
                return found.Id;
        }
        return -1;
    }

    // The model's own rows, with those of known tags put over them: label_embed and class_evidence.tags (K, C), fc.W
    // (1, K, C), fc.b (1, K).
    private static Tensor RowsByTag(Tensor own, Tensor rows, string name, long[] known, int count)
    {
        using var scope = TensorScope.Begin();
        using var noGradient = GradientMode.None();
        var axis = name.StartsWith("fc.", StringComparison.Ordinal) ? 1 : 0;
        if (rows.Size(axis) != count)
            throw new CheckpointException(
                $"{name} · {rows} · expected {count} tags on axis {axis} · hint: startTags must be the tags of start");
        var isKnown = Tensor.FromData(known.Select(id => id >= 0 ? 1f : 0f).ToArray());
        var shape = Enumerable.Range(0, rows.Rank).Select(i => i == axis ? known.LongLength : 1L).ToArray();
        var taken = rows.To(ScalarType.Float32)
            .IndexSelect(axis, Tensor.FromData(known.Select(id => Math.Max(id, 0)).ToArray()));
        return scope.Return(own + isKnown.Reshape(shape) * (taken - own));
    }

    // (K, C) with unit variance: similar names get similar queries.
    private static Tensor LabelQueries(SentenceEncoder tower, TagVocabulary tags, long width)
    {
        using var scope = TensorScope.Begin();
        var mean = tower.MeanTokens([.. tags.Select(t => t.Name)]); // (K, C)
        var centred = mean - mean.Mean([0], keep: true);
        var projected = centred.MatMul(Tensors.RandomNormal([tower.Width, width])); // (K, C)
        return scope.Return(projected / projected.Pow(2.0).Mean().Sqrt());
    }

    private static Tensor RowsOf(WordPieceTokenizer tower, WordPieceTokenizer tokens)
    {
        var rows = Enumerable.Range(0, tokens.VocabularySize)
            .Select(id => (long)(tower.IdOf(tokens.TokenOf(id)) ?? tower.ClsId)).ToArray();
        return Tensor.FromData(rows);
    }
}
