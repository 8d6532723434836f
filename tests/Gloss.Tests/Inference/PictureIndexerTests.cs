using Gloss.Images;
using Gloss.Inference;
using Gloss.Models.Tag2Text;
using Gloss.Search;

namespace Gloss.Tests.Inference;

public sealed class PictureIndexerTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public PictureIndexerTests()
    {
        Directory.CreateDirectory(In("photos"));
        for (var i = 0; i < 6; i++)
        {
            var picture = new RgbImage(50 + i, 40);
            for (var p = 0; p < picture.Pixels.Length; p++)
                picture.Pixels[p] = (byte)(p * (i + 3) % 251);
            ImageEncoder.Save(picture, In($"photos/p{i}.png"));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Run_Model_StoresScoresAndEmbeddingsOfIt(bool isAligned)
    {
        using var live = new LiveValues();
        var model = Model(isAligned);
        using (var catalogue = Catalogue.Open(In("c.db"), mayCreate: true))
        {
            catalogue.UseModel(PictureIndexer.Describe(model, floor: 0.01f));
            var report = new IndexReport();
            using (var indexer = new PictureIndexer(catalogue, () => model.OpenModel(ModelParts.Embedding),
                new ImageRecognizerOptions { BatchSize = 4 }))
                indexer.Run([In("photos")], report, cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal(6, report.AddedCount);

            var search = new CatalogueSearch(catalogue);
            using var embedder = new QueryEmbedder(catalogue, () => model, () => model.OpenModel(),
                new ImageRecognizerOptions());
            var own = search.Embedding(search.Find(In("photos/p2.png"))!.Value)!;
            var again = embedder.Picture(In("photos/p2.png"));
            Assert.Equal(isAligned ? 8 : 12, own.Length);
            Assert.Equal(1, own.Zip(again).Sum(pair => pair.First * pair.Second), 1e-2);

            var text = embedder.Text("a dog on the beach");
            Assert.Equal(isAligned, text is not null);
            if (text is null)
                return;
            // With the weights of tags and words at 0 what remains is the cosine.
            var results = search.Run(new SearchQuery
            {
                Text = "a dog on the beach", TextEmbedding = text,
                Weights = new SearchWeights { TagOdds = 0, WordsBesideMeaning = 0 },
            });
            Assert.Equal(6, results.Count);
            Assert.All(results, result => Assert.Equal(text.Zip(search.Embedding(result.Picture.Id)!)
                .Sum(pair => pair.First * pair.Second), result.Score, 1e-3));
            Assert.Equal(results.Select(result => result.Score).OrderDescending(),
                results.Select(result => result.Score));
            var reranked = embedder.Rerank(results, "a dog on the beach", 3, TestContext.Current.CancellationToken);
            Assert.Equal(results.Select(result => result.Picture.Id).Order(),
                reranked.Select(result => result.Picture.Id).Order());
            Assert.Equal(results.Skip(3), reranked.Skip(3));
            Assert.NotEqual(results.Take(3).Sum(result => result.Score), reranked.Take(3).Sum(result => result.Score));
        }
    }

    [Theory]
    [InlineData(true, WeightPrecision.Float32)]
    [InlineData(false, WeightPrecision.Int8)]
    [InlineData(true, WeightPrecision.BFloat16)]
    public void TextTower_Text_GivesWhatTheEngineDoes(bool hasMeanPooling, WeightPrecision stored)
    {
        var config = TinyTag2Text.Config with
        {
            Alignment = new AlignmentConfig { Layers = 2, Width = 8, MaxTokens = 12, HasMeanPooling = hasMeanPooling },
        };
        using (var tiny = TinyTag2Text.Model(config, 5))
        {
            ModelFolder.Save(In("tower"), TinyTag2Text.FolderConfig with { Tag2Text = config }, tiny,
                TinyTag2Text.Tokenizer, TinyTag2Text.Tags, "# Tiny\n", stored);
        }
        var saved = ModelFolder.Open(In("tower"));
        using var model = saved.OpenModel();
        var aligner = new TextAligner(model.Predictor);
        foreach (var text in new[] { "", "a dog", "a man and a dog on the beach with a red ball in the very deep snow of winter" })
        {
            foreach (var (expected, actual) in aligner.EmbedTexts([text]).Zip(TextTower.Embed(saved, text)))
                Assert.Equal(expected, actual, 2e-5f);
        }
    }

    [Fact]
    public void CatalogueIdentity_OtherWeightsOrKind_IsAnother()
    {
        var (plain, aligned) = (PictureEmbedder.CatalogueIdentity(Model(false)),
            PictureEmbedder.CatalogueIdentity(Model(true)));

        Assert.Equal(plain, PictureEmbedder.CatalogueIdentity(Model(false)));
        Assert.NotEqual(plain, aligned);
        Assert.NotEqual(plain, PictureEmbedder.CatalogueIdentity(Model(false, seed: 8)));
    }

    public void Dispose() => folder.Dispose();

    private string In(string path) => Path.Combine(folder.Path, path);

    private ModelFolder Model(bool isAligned, ulong seed = 7)
    {
        var config = isAligned ? TinyTag2Text.Config
            with { Alignment = new AlignmentConfig { Layers = 2, Width = 8, MaxTokens = 12 } } : TinyTag2Text.Config;
        using var model = TinyTag2Text.Model(config, seed);
        var path = In($"model-{isAligned}-{seed}");
        ModelFolder.Save(path, TinyTag2Text.FolderConfig with { Tag2Text = config }, model, TinyTag2Text.Tokenizer,
            TinyTag2Text.Tags, "# Tiny\n", WeightPrecision.Float32);
        return ModelFolder.Open(path);
    }
}
