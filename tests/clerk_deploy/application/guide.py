"""A repository that follows the deployment guide to the letter, made of the guide's own snippets."""

import subprocess
from pathlib import Path

FILES = {
    ".gitignore": "/node_modules\n/.next/\n.env.local\n",
    ".env.production": """CLERK_SECRET_KEY=sk_live_...
NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY=pk_live_...
NEXT_PUBLIC_API_BASE_URL=https://api.yourapp.com
NEXT_PUBLIC_TENANT_ID=tenant_production_001
NEXT_PUBLIC_APP_URL=https://yourapp.com
""",
    ".env.example": """# Clerk Backend Integration (REQUIRED)
CLERK_SECRET_KEY=sk_live_***_production_clerk_secret_key

# Clerk API (OPTIONAL - defaults to https://api.clerk.com)
CLERK_BACKEND_API_URL=https://api.clerk.com

# Backend API (REQUIRED)
NEXT_PUBLIC_API_BASE_URL=https://your-backend-api.com

# Tenant Configuration (REQUIRED)
NEXT_PUBLIC_TENANT_ID=your_production_tenant_id

# Application URL (REQUIRED)
NEXT_PUBLIC_APP_URL=https://your-app-domain.com
""",
    "amplify.yml": """version: 1
frontend:
  phases:
    preBuild:
      commands:
        - npm ci
    build:
      commands:
        - npm run build
  artifacts:
    baseDirectory: .next
    files:
      - '**/*'
  cache:
    paths:
      - node_modules/**/*
      - .next/cache/**/*
""",
    "next.config.mjs": """const nextConfig = {
  env: {
    CLERK_SECRET_KEY: process.env.CLERK_SECRET_KEY,
    NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY: process.env.NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY,
    NEXT_PUBLIC_API_BASE_URL: process.env.NEXT_PUBLIC_API_BASE_URL,
    NEXT_PUBLIC_TENANT_ID: process.env.NEXT_PUBLIC_TENANT_ID,
    NEXT_PUBLIC_APP_URL: process.env.NEXT_PUBLIC_APP_URL,
    NEXT_PUBLIC_GOOGLE_CLIENT_ID: process.env.NEXT_PUBLIC_GOOGLE_CLIENT_ID,
    NEXT_PUBLIC_FACEBOOK_APP_ID: process.env.NEXT_PUBLIC_FACEBOOK_APP_ID,
    NEXT_PUBLIC_GITHUB_CLIENT_ID: process.env.NEXT_PUBLIC_GITHUB_CLIENT_ID,
  },
};

export default nextConfig;
""",
    "Dockerfile": """FROM node:18-alpine AS base

# Install dependencies
FROM base AS deps
RUN apk add --no-cache libc6-compat
WORKDIR /app

COPY package.json package-lock.json ./
RUN npm ci

# Build application
FROM base AS builder
WORKDIR /app
COPY --from=deps /app/node_modules ./node_modules
COPY . .

# Set build-time environment variables
ARG NEXT_PUBLIC_API_BASE_URL
ARG NEXT_PUBLIC_TENANT_ID
ARG NEXT_PUBLIC_APP_URL

ENV NEXT_PUBLIC_API_BASE_URL=$NEXT_PUBLIC_API_BASE_URL
ENV NEXT_PUBLIC_TENANT_ID=$NEXT_PUBLIC_TENANT_ID
ENV NEXT_PUBLIC_APP_URL=$NEXT_PUBLIC_APP_URL

RUN npm run build

# Production image
FROM base AS runner
WORKDIR /app

ENV NODE_ENV=production

RUN addgroup --system --gid 1001 nodejs
RUN adduser --system --uid 1001 nextjs

COPY --from=builder /app/public ./public
COPY --from=builder --chown=nextjs:nodejs /app/.next/standalone ./
COPY --from=builder --chown=nextjs:nodejs /app/.next/static ./.next/static

USER nextjs

EXPOSE 3000

ENV PORT=3000

CMD ["node", "server.js"]
""",
    "docker-compose.yml": """version: '3.8'

services:
  nextjs-app:
    build:
      context: .
      dockerfile: Dockerfile
      args:
        NEXT_PUBLIC_API_BASE_URL: ${NEXT_PUBLIC_API_BASE_URL}
        NEXT_PUBLIC_TENANT_ID: ${NEXT_PUBLIC_TENANT_ID}
        NEXT_PUBLIC_APP_URL: ${NEXT_PUBLIC_APP_URL}
    ports:
      - "3000:3000"
    environment:
      - CLERK_SECRET_KEY=${CLERK_SECRET_KEY}
      - NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY=${NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY}
      - NEXT_PUBLIC_API_BASE_URL=${NEXT_PUBLIC_API_BASE_URL}
      - NEXT_PUBLIC_TENANT_ID=${NEXT_PUBLIC_TENANT_ID}
      - NEXT_PUBLIC_APP_URL=${NEXT_PUBLIC_APP_URL}
    env_file:
      - .env.production
    restart: unless-stopped
""",
    "scripts/smoke.sh": """# Test sign-in
curl -X POST https://yourapp.com/api/auth/signin \\
  -H "Content-Type: application/json" \\
  -d '{"email":"test@example.com","password":"Password123"}'
""",
    "scripts/rollback.sh": "docker-compose down && docker-compose up -d\n",
    "package.json": """{
  "name": "yourapp",
  "scripts": { "build": "next build" },
  "dependencies": { "next": "16.4.5", "react": "19.3.1", "@clerk/backend": "3.25.0" }
}
""",
    "package-lock.json": "{}\n",
    "app/api/auth/signin/route.ts": """export async function POST(request: Request) {
  const { email, password } = await request.json();
  return Response.json(await signIn(email, password));
}
""",
    "app/api/documents/route.ts": """export async function GET(request: Request) {
  const tenant = request.headers.get('x-tenant-id') ?? process.env.NEXT_PUBLIC_TENANT_ID;
  return Response.json(await documents(tenant));
}
""",
}


def write(folder: Path, **changes: str | None) -> Path:
    """Writes the repository with some files changed (None: left out) and commits it."""
    for name, text in {**FILES, **changes}.items():
        if text is not None:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
    who = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
    for command in (["init", "-q"], ["add", "."], [*who, "commit", "-q", "-m", "Follow the guide"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return folder
